package dast.lab;

import java.util.Locale;
import java.util.Map;
import net.htmlparser.jericho.Source;
import org.parosproxy.paros.network.HttpMessage;
import org.parosproxy.paros.network.HttpStatusCode;
import org.zaproxy.zap.extension.pscan.PluginPassiveScanner;

/** What the passive rules have in common: an id that ZAP's own rule has, a name, and tags. */
abstract class PassiveRule extends PluginPassiveScanner {

    private final int id;
    private final String name;
    private final Map<String, String> tags;

    PassiveRule(int id, String name, Map<String, String> tags) {
        this.id = id;
        this.name = name;
        this.tags = tags;
    }

    /** Called for answers only. */
    abstract void look(HttpMessage message);

    @Override
    public final void scanHttpResponseReceive(HttpMessage message, int recordId, Source page) {
        look(message);
    }

    @Override
    public final int getPluginId() {
        return id;
    }

    @Override
    public final String getName() {
        return name;
    }

    @Override
    public final Map<String, String> getAlertTags() {
        return tags;
    }

    static boolean isSuccess(HttpMessage message) {
        return HttpStatusCode.isSuccess(message.getResponseHeader().getStatusCode());
    }

    static boolean isSuccessfulPage(HttpMessage message) {
        return isSuccess(message) && message.getResponseHeader().isHtml();
    }

    /** All values of a header in lower case, one after the other; empty without the header. */
    static String header(HttpMessage message, String name) {
        return String.join(", ", message.getResponseHeader().getHeaderValues(name)).toLowerCase(Locale.ROOT);
    }
}
