package dast.lab;

import org.parosproxy.paros.extension.ExtensionAdaptor;
import org.parosproxy.paros.extension.ExtensionHook;
import org.parosproxy.paros.network.HttpSender;

/**
 * Answers for two add-ons of ZAP that no registry has, so that scans that need them can be tested at all.
 *
 * <p>{@link ReplacerStandIn} and {@link OpenApiStandIn} have the names, the parameters and the replies of {@code
 * replacer} and {@code openapi}, and do a part of what those do. What they do not know they refuse. ZAP does not list
 * them as installed, since they are not: it lists this add-on.
 */
public final class ExtensionStandIns extends ExtensionAdaptor {

    private final ReplacerStandIn replacer = new ReplacerStandIn();

    public ExtensionStandIns() {
        super("ExtensionStandIns");
    }

    @Override
    public void hook(ExtensionHook hook) {
        hook.addApiImplementor(replacer);
        hook.addApiImplementor(new OpenApiStandIn());
        HttpSender.addListener(replacer);
    }

    @Override
    public void unload() {
        HttpSender.removeListener(replacer);
    }
}
