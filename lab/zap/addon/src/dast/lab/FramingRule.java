package dast.lab;

import java.util.Map;
import org.parosproxy.paros.core.scanner.Alert;
import org.parosproxy.paros.network.HttpMessage;

/** Pages that any site may show in a frame. */
final class FramingRule extends PassiveRule {

    FramingRule() {
        super(
                10020,
                "Anti-clickjacking Header",
                Map.of(
                        "OWASP_2021_A05", "https://owasp.org/Top10/A05_2021-Security_Misconfiguration/",
                        "WSTG-v42-CLNT-09", "https://owasp.org/www-project-web-security-testing-guide/",
                        "SYSTEMIC", ""));
    }

    @Override
    void look(HttpMessage message) {
        boolean stated =
                header(message, "X-Frame-Options").matches("deny|sameorigin")
                        || header(message, "Content-Security-Policy").contains("frame-ancestors");
        if (!isSuccessfulPage(message) || stated) {
            return;
        }
        newAlert()
                .setAlertRef("10020-1")
                .setName("Missing Anti-clickjacking Header")
                .setRisk(Alert.RISK_MEDIUM)
                .setConfidence(Alert.CONFIDENCE_MEDIUM)
                .setDescription("Another site can show this page in a frame and lead clicks to it.")
                .setParam("x-frame-options")
                .setSolution("Say in `Content-Security-Policy: frame-ancestors` who may frame the page.")
                .setReference("https://www.w3.org/TR/CSP3/#directive-frame-ancestors")
                .setCweId(1021)
                .setWascId(15)
                .raise();
    }
}
