package dast.lab;

import java.io.IOException;
import org.parosproxy.paros.core.scanner.Alert;
import org.parosproxy.paros.network.HttpMessage;

/** A parameter that comes back in the same answer, unescaped. */
public final class ReflectedMarkupRule extends ActiveRule {

    @Override
    public int getId() {
        return 40012;
    }

    @Override
    public String getName() {
        return "Cross Site Scripting (Reflected)";
    }

    @Override
    public String getDescription() {
        return "The page shows a parameter of its own request as HTML, so a link can carry a script into it.";
    }

    @Override
    public void scan(HttpMessage message, String parameter, String value) {
        String markup = markup();
        setParameter(message, parameter, markup);
        try {
            sendAndReceive(message, false);
        } catch (IOException e) {
            return; // An application that does not answer shows nothing.
        }
        if (shows(message, markup)) {
            newAlert()
                    .setConfidence(Alert.CONFIDENCE_MEDIUM)
                    .setParam(parameter)
                    .setAttack(markup)
                    .setEvidence(markup)
                    .setOtherInfo("The parameter was `" + value + "` before.")
                    .setMessage(message)
                    .raise();
        }
    }
}
