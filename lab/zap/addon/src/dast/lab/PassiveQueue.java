package dast.lab;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import net.htmlparser.jericho.Source;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.parosproxy.paros.core.scanner.Alert;
import org.parosproxy.paros.db.DatabaseException;
import org.parosproxy.paros.extension.history.ExtensionHistory;
import org.parosproxy.paros.model.HistoryReference;
import org.parosproxy.paros.model.Model;
import org.parosproxy.paros.network.HttpMalformedHeaderException;
import org.parosproxy.paros.network.HttpMessage;
import org.zaproxy.zap.extension.alert.ExtensionAlert;
import org.zaproxy.zap.extension.pscan.PassiveController;
import org.zaproxy.zap.extension.pscan.PassiveScanActions;
import org.zaproxy.zap.extension.pscan.PassiveScanData;
import org.zaproxy.zap.extension.pscan.PassiveScanParam;
import org.zaproxy.zap.extension.pscan.PassiveScanner;
import org.zaproxy.zap.extension.pscan.PluginPassiveScanner;

/** Shows the records of the session to every rule, in the order of their ids, on a thread of its own. */
final class PassiveQueue extends Thread implements PassiveController, PassiveScanActions {

    private static final Logger LOGGER = LogManager.getLogger(PassiveQueue.class);
    private static final long PAUSE_MILLIS = 50;

    private final RuleBook rules;
    private final PassiveScanParam settings;
    private final ExtensionHistory history;
    private final ExtensionAlert alerts;
    /** The highest id that the rules have seen. */
    private final AtomicInteger seen = new AtomicInteger();
    private final Map<Integer, Integer> raisedByRule = new ConcurrentHashMap<>();

    PassiveQueue(RuleBook rules, PassiveScanParam settings, ExtensionHistory history, ExtensionAlert alerts) {
        super("passive-lab");
        setDaemon(true);
        this.rules = rules;
        this.settings = settings;
        this.history = history;
        this.alerts = alerts;
    }

    void addRules() {
        List.of(
                        new NosniffRule(),
                        new CookieHttpOnlyRule(),
                        new FramingRule(),
                        new ContentSecurityPolicyRule(),
                        new OddAlertRule())
                .forEach(rules::add);
    }

    void rewind() {
        seen.set(0);
        raisedByRule.clear();
    }

    @Override
    public int getRecordsToScan() {
        return Math.max(0, history.getLastHistoryId() - seen.get());
    }

    @Override
    public void clearQueue() {
        seen.set(history.getLastHistoryId());
    }

    @Override
    public void run() {
        try {
            while (!isInterrupted()) {
                int done = seen.get();
                if (done >= history.getLastHistoryId()) {
                    Thread.sleep(PAUSE_MILLIS);
                    continue;
                }
                show(done + 1);
                // A new session may have rewound the queue meanwhile, and then its word counts.
                seen.compareAndSet(done, done + 1);
            }
        } catch (InterruptedException e) {
            // This is how the queue is told to end.
        }
    }

    private void show(int id) {
        HistoryReference record;
        HttpMessage message;
        try {
            record = new HistoryReference(id);
            message = record.getHttpMessage();
        } catch (DatabaseException | HttpMalformedHeaderException e) {
            return; // A record that was only temporary is gone.
        }
        boolean inScope = Model.getSingleton().getSession().isInScope(record);
        if (settings.isScanOnlyInScope() && !inScope) {
            return;
        }
        Source page = new Source(message.getResponseBody().toString());
        for (PassiveScanner rule : rules.getScanRules()) {
            if (rule.isEnabled() && rule.appliesToHistoryType(record.getHistoryType())) {
                show(message, id, page, rule);
            }
        }
    }

    private void show(HttpMessage message, int id, Source page, PassiveScanner rule) {
        try {
            rule.setPassiveScanActions(this);
            if (rule instanceof PluginPassiveScanner) {
                ((PluginPassiveScanner) rule).setHelper(new PassiveScanData(message));
            }
            rule.scanHttpRequestSend(message, id);
            if (!message.getResponseHeader().isEmpty()) {
                rule.scanHttpResponseReceive(message, id, page);
            }
        } catch (RuntimeException e) {
            LOGGER.error("{} failed on record {}", rule.getName(), id, e);
        }
    }

    @Override
    public void raiseAlert(HistoryReference record, Alert alert) {
        int most = settings.getMaxAlertsPerRule();
        int raised = raisedByRule.merge(alert.getPluginId(), 1, Integer::sum);
        if (most > 0 && raised > most) {
            return;
        }
        alert.setSource(Alert.Source.PASSIVE);
        alerts.alertFound(alert, record);
    }

    @Override
    public void addHistoryTag(HistoryReference record, String tag) {
        record.addTag(tag);
    }
}
