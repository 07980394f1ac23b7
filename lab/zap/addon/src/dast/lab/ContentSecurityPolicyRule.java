package dast.lab;

import java.util.Map;
import org.parosproxy.paros.core.scanner.Alert;
import org.parosproxy.paros.network.HttpMessage;

/** Pages that load scripts from anywhere. Two variants, which `alertRef` tells apart. */
final class ContentSecurityPolicyRule extends PassiveRule {

    ContentSecurityPolicyRule() {
        super(
                10038,
                "Content Security Policy (CSP) Header Not Set",
                Map.of(
                        "OWASP_2021_A05", "https://owasp.org/Top10/A05_2021-Security_Misconfiguration/",
                        "CWE-693", "https://cwe.mitre.org/data/definitions/693.html",
                        "SYSTEMIC", ""));
    }

    @Override
    void look(HttpMessage message) {
        if (!isSuccessfulPage(message)) {
            return;
        }
        if (header(message, "Content-Security-Policy").isEmpty()) {
            policy("10038-1", getName(), Alert.RISK_MEDIUM, Alert.CONFIDENCE_HIGH, "The page has no policy.");
        }
        if (!header(message, "Content-Security-Policy-Report-Only").isEmpty()) {
            policy(
                    "10038-3",
                    "Content Security Policy (CSP) Report-Only Header Found",
                    Alert.RISK_INFO,
                    Alert.CONFIDENCE_MEDIUM,
                    "The policy is only tried out: browsers report what breaks it and let it pass.");
        }
    }

    private void policy(String ref, String name, int risk, int confidence, String description) {
        newAlert()
                .setAlertRef(ref)
                .setName(name)
                .setRisk(risk)
                .setConfidence(confidence)
                .setDescription(description)
                .setSolution("Send a Content-Security-Policy that names where scripts may come from.")
                .setReference("https://www.w3.org/TR/CSP3/\nhttps://web.dev/articles/csp")
                .setCweId(693)
                .setWascId(15)
                .raise();
    }
}
