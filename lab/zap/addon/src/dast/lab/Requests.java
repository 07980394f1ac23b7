package dast.lab;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.httpclient.URI;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.parosproxy.paros.control.Control;
import org.parosproxy.paros.db.DatabaseException;
import org.parosproxy.paros.extension.history.ExtensionHistory;
import org.parosproxy.paros.model.HistoryReference;
import org.parosproxy.paros.model.Model;
import org.parosproxy.paros.model.Session;
import org.parosproxy.paros.network.HttpMessage;
import org.parosproxy.paros.network.HttpSender;
import org.zaproxy.zap.model.Context;
import org.zaproxy.zap.network.HttpRedirectionValidator;
import org.zaproxy.zap.network.HttpRequestConfig;
import org.zaproxy.zap.users.User;
import org.zaproxy.zap.utils.Stats;
import org.zaproxy.zap.utils.ThreadUtils;

/** The requests of one import: sent as if by hand, and put to the history and to the tree of sites. */
final class Requests implements HttpRedirectionValidator {

    private static final Logger LOGGER = LogManager.getLogger(Requests.class);

    private final HttpSender sender = new HttpSender(HttpSender.MANUAL_REQUEST_INITIATOR);
    private final HttpRequestConfig following = HttpRequestConfig.builder().setRedirectionValidator(this).build();
    private final Context context;
    private final User user;
    private final int most;

    /** Within {@code context} and as {@code user}, unless they are null, and no more than {@code most} if not 0. */
    Requests(Context context, User user, int most) {
        this.context = context;
        this.user = user;
        this.most = most;
    }

    /** The document at an address, which need not be in the context. */
    String fetch(URI url) throws IOException {
        HttpMessage message = new HttpMessage(url);
        message.getRequestHeader().setHeader("Accept", "application/json,*/*");
        message.setRequestingUser(user);
        sender.sendAndReceive(message, true);
        notifyMessageReceived(message);
        return message.getResponseBody().toString();
    }

    /** Sends what a document describes, and gives warnings about what it could not send. */
    List<String> sendAll(OpenApiDocument document, Target target) {
        List<String> warnings = new ArrayList<>();
        int sent = 0;
        try {
            for (Operation operation : document.operations(target)) {
                if (most > 0 && sent >= most) {
                    break;
                }
                sent += send(operation, warnings) ? 1 : 0;
            }
        } catch (IllegalArgumentException e) {
            // A document that nothing can be sent for is a warning too, as it is with the real one.
            warnings.add("Failed to parse the OpenAPI definition: " + e.getMessage());
        }
        return warnings;
    }

    private boolean send(Operation operation, List<String> warnings) {
        try {
            HttpMessage request = operation.request(warnings);
            if (!isValid(request.getRequestHeader().getURI())) {
                return false;
            }
            request.setRequestingUser(user);
            sender.sendAndReceive(request, following);
        } catch (IOException e) {
            warnings.add(operation + ": " + e);
        }
        return true;
    }

    @Override
    public boolean isValid(URI url) {
        return context == null || context.isInContext(url.toString());
    }

    /** Called for a request and for each that it was redirected to. */
    @Override
    public void notifyMessageReceived(HttpMessage message) {
        Session session = Model.getSingleton().getSession();
        try {
            HistoryReference record = new HistoryReference(session, HistoryReference.TYPE_ZAP_USER, message);
            Stats.incCounter("openapi.urls.added");
            ExtensionHistory history =
                    Control.getSingleton().getExtensionLoader().getExtension(ExtensionHistory.class);
            ThreadUtils.invokeAndWaitHandled(
                    () -> {
                        history.addHistory(record);
                        session.getSiteTree().addPath(record, message);
                    });
        } catch (DatabaseException | IOException e) {
            LOGGER.error("could not keep {}", message.getRequestHeader().getURI(), e);
        }
    }
}
