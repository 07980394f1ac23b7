package dast.lab;

import java.util.Map;
import java.util.UUID;
import org.parosproxy.paros.core.scanner.AbstractAppParamPlugin;
import org.parosproxy.paros.core.scanner.Alert;
import org.parosproxy.paros.core.scanner.Category;
import org.parosproxy.paros.network.HttpMessage;
import org.zaproxy.zap.control.AddOn;

/** What both active rules have in common: markup that is put into a parameter and looked for in a page. */
abstract class ActiveRule extends AbstractAppParamPlugin {

    ActiveRule() {
        setStatus(AddOn.Status.alpha);
    }

    /** Another one each time, so that what one request left behind is not taken for the work of the next. */
    static String markup() {
        return "<lab" + UUID.randomUUID().toString().substring(0, 8) + ">";
    }

    /** Whether a browser would read the markup as such. */
    static boolean shows(HttpMessage page, String markup) {
        return page.getResponseHeader().isHtml() && page.getResponseBody().toString().contains(markup);
    }

    @Override
    public String getSolution() {
        return "Escape what users send for the place where it is shown, and let the template engine do it.";
    }

    @Override
    public String getReference() {
        return "https://owasp.org/www-community/attacks/xss/\nhttps://cwe.mitre.org/data/definitions/79.html";
    }

    @Override
    public int getCategory() {
        return Category.INJECTION;
    }

    @Override
    public int getRisk() {
        return Alert.RISK_HIGH;
    }

    @Override
    public int getCweId() {
        return 79;
    }

    @Override
    public int getWascId() {
        return 8;
    }

    @Override
    public Map<String, String> getAlertTags() {
        return Map.of(
                "OWASP_2021_A03", "https://owasp.org/Top10/A03_2021-Injection/",
                "OWASP_2017_A07", "https://owasp.org/www-project-top-ten/2017/A7_2017-Cross-Site_Scripting_(XSS)");
    }
}
