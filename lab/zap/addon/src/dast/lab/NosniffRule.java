package dast.lab;

import java.util.Map;
import org.parosproxy.paros.core.scanner.Alert;
import org.parosproxy.paros.network.HttpMessage;

/** Answers whose type a browser may guess. Marked as systemic: one cause, seen at every address. */
final class NosniffRule extends PassiveRule {

    NosniffRule() {
        super(
                10021,
                "X-Content-Type-Options Header Missing",
                Map.of(
                        "OWASP_2021_A05", "https://owasp.org/Top10/A05_2021-Security_Misconfiguration/",
                        "OWASP_2017_A06", "https://owasp.org/www-project-top-ten/2017/A6_2017-Security_Misconfiguration",
                        "SYSTEMIC", ""));
    }

    @Override
    void look(HttpMessage message) {
        if (!isSuccess(message) || header(message, "X-Content-Type-Options").contains("nosniff")) {
            return;
        }
        newAlert()
                .setRisk(Alert.RISK_LOW)
                .setConfidence(Alert.CONFIDENCE_MEDIUM)
                .setDescription("A browser may take this answer for another type than the server says.")
                .setParam("x-content-type-options")
                .setOtherInfo("Seen in an answer with status " + message.getResponseHeader().getStatusCode() + ".")
                .setSolution("Send `X-Content-Type-Options: nosniff` and a correct Content-Type with every answer.")
                .setReference(
                        "https://developer.mozilla.org/docs/Web/HTTP/Headers/X-Content-Type-Options\n"
                                + "https://fetch.spec.whatwg.org/#x-content-type-options-header")
                .setCweId(693)
                .setWascId(15)
                .raise();
    }
}
