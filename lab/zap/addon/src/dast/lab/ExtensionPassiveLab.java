package dast.lab;

import java.util.List;
import org.parosproxy.paros.control.Control;
import org.parosproxy.paros.control.Control.Mode;
import org.parosproxy.paros.extension.Extension;
import org.parosproxy.paros.extension.ExtensionAdaptor;
import org.parosproxy.paros.extension.ExtensionHook;
import org.parosproxy.paros.extension.SessionChangedListener;
import org.parosproxy.paros.extension.history.ExtensionHistory;
import org.parosproxy.paros.model.Session;
import org.zaproxy.zap.extension.alert.ExtensionAlert;
import org.zaproxy.zap.extension.pscan.ExtensionPassiveScan;
import org.zaproxy.zap.extension.pscan.PassiveScanAPI;
import org.zaproxy.zap.extension.pscan.PassiveScanParam;

/**
 * Gives ZAP's core the passive scanner that it has left to an add-on since 2.16.
 *
 * <p>The core keeps the API component {@code pscan} and asks whoever registers for rules and for the queue.
 */
public class ExtensionPassiveLab extends ExtensionAdaptor implements SessionChangedListener {

    private PassiveQueue queue;

    public ExtensionPassiveLab() {
        super("ExtensionPassiveLab");
    }

    @Override
    public List<Class<? extends Extension>> getDependencies() {
        return List.of(ExtensionPassiveScan.class, ExtensionHistory.class, ExtensionAlert.class);
    }

    @Override
    public void hook(ExtensionHook hook) {
        PassiveScanParam settings = new PassiveScanParam();
        RuleBook rules = new RuleBook(getModel().getOptionsParam());
        queue = new PassiveQueue(rules, settings, find(ExtensionHistory.class), find(ExtensionAlert.class));

        ExtensionPassiveScan core = find(ExtensionPassiveScan.class);
        core.setPassiveScanRuleManager(rules);
        core.setPassiveController(queue);
        hook.addOptionsParamSet(settings);
        hook.addApiImplementor(new PassiveScanAPI(core));
        hook.addSessionListener(this);
    }

    @Override
    public void optionsLoaded() {
        queue.addRules();
        queue.start();
    }

    @Override
    public void stop() {
        queue.interrupt();
    }

    /** Record ids begin anew with every session. */
    @Override
    public void sessionChanged(Session session) {
        queue.rewind();
    }

    @Override
    public void sessionAboutToChange(Session session) {}

    @Override
    public void sessionScopeChanged(Session session) {}

    @Override
    public void sessionModeChanged(Mode mode) {}

    private static <T extends Extension> T find(Class<T> kind) {
        return Control.getSingleton().getExtensionLoader().getExtension(kind);
    }
}
