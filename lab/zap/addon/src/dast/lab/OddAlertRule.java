package dast.lab;

import java.util.Map;
import org.parosproxy.paros.core.scanner.Alert;
import org.parosproxy.paros.network.HttpMessage;
import org.zaproxy.zap.extension.pscan.PassiveScanActions;

/**
 * Alerts whose texts ZAP's JSON library mistakes for something else, for pages that ask for them.
 *
 * <p>The id belongs to no rule of ZAP's. Its tags are less odd than they could be: with one that is called {@code null}
 * ZAP cannot list its alerts at all, and with one that is a function, in name or value, what it sends is not JSON.
 */
final class OddAlertRule extends PassiveRule {

    private static final String MARKER = "lab-odd-alert";

    private PassiveScanActions actions;

    OddAlertRule() {
        super(66001, "Odd texts", Map.of("ODD", "null", "ODDER", "[1, 2]"));
    }

    @Override
    void look(HttpMessage message) {
        if (!message.getResponseBody().toString().contains(MARKER)) {
            return;
        }
        raise(
                odd(message, "66001-1", "Texts that look like code", Alert.CONFIDENCE_LOW)
                        .setDescription("null")
                        .setParam("null")
                        .setAttack("function(){}")
                        .setEvidence("{\"a\":[1,2],\"b\":null}")
                        .setOtherInfo("[1,\"two\",null]")
                        .setSolution("function(a){ return a; }")
                        .setReference("'quoted'"));
        raise(odd(message, "66001-2", "Texts that are not set", Alert.CONFIDENCE_FALSE_POSITIVE));
        raise(
                odd(message, "66001-3", "null", Alert.CONFIDENCE_USER_CONFIRMED)
                        .setDescription("\"null\"")
                        .setParam("true")
                        .setAttack("12")
                        .setEvidence("null")
                        .setOtherInfo("null")
                        .setSolution("[]")
                        .setReference("{}")
                        .setCweId(-1)
                        .setWascId(-1));
    }

    @Override
    public void setPassiveScanActions(PassiveScanActions actions) {
        this.actions = actions;
    }

    /** A builder of the core's, since that of passive rules refuses an attack. */
    private Alert.Builder odd(HttpMessage message, String ref, String name, int confidence) {
        return Alert.builder()
                .setPluginId(getPluginId())
                .setAlertRef(ref)
                .setName(name)
                .setRisk(Alert.RISK_INFO)
                .setConfidence(confidence)
                .setTags(getAlertTags())
                .setMessage(message)
                .setUri(message.getRequestHeader().getURI().toString());
    }

    private void raise(Alert.Builder builder) {
        Alert alert = builder.build();
        actions.raiseAlert(alert.getMessage().getHistoryRef(), alert);
    }
}
