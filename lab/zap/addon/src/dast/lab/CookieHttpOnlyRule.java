package dast.lab;

import java.util.Arrays;
import java.util.Map;
import org.parosproxy.paros.core.scanner.Alert;
import org.parosproxy.paros.network.HttpMessage;

/** Cookies that a script in the page can read. */
final class CookieHttpOnlyRule extends PassiveRule {

    CookieHttpOnlyRule() {
        super(
                10010,
                "Cookie No HttpOnly Flag",
                Map.of(
                        "OWASP_2021_A05", "https://owasp.org/Top10/A05_2021-Security_Misconfiguration/",
                        "WSTG-v42-SESS-02", "https://owasp.org/www-project-web-security-testing-guide/"));
    }

    @Override
    void look(HttpMessage message) {
        for (String cookie : message.getResponseHeader().getHeaderValues("Set-Cookie")) {
            String[] parts = cookie.split(";");
            boolean hidden = Arrays.stream(parts).skip(1).anyMatch(part -> part.trim().equalsIgnoreCase("HttpOnly"));
            if (!hidden) {
                raise(parts[0].split("=", 2)[0].trim());
            }
        }
    }

    private void raise(String name) {
        newAlert()
                .setRisk(Alert.RISK_LOW)
                .setConfidence(Alert.CONFIDENCE_MEDIUM)
                .setDescription("Scripts can read this cookie, and so can a script that an attacker gets into the page.")
                .setParam(name)
                .setEvidence("Set-Cookie: " + name)
                .setSolution("Set the cookie with the attribute HttpOnly.")
                .setReference("https://www.rfc-editor.org/rfc/rfc6265#section-4.1.2.6")
                .setCweId(1004)
                .setWascId(13)
                .raise();
    }
}
