package dast.lab;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.parosproxy.paros.network.HttpMessage;
import org.parosproxy.paros.network.HttpSender;

/** A header that requests get, or lose. */
final class HeaderRule {

    /** The only kind of rule there is here. */
    static final String MATCH_TYPE = "REQ_HEADER";

    private final String description;
    private final String header;
    /** The name of a header is never looked for as one, but it is told back. */
    private final boolean isRegex;
    private final String value;
    private final List<Integer> initiators;
    private final Pattern url;
    private final String method;
    private volatile boolean enabled;

    HeaderRule(
            String description,
            boolean enabled,
            boolean isRegex,
            String header,
            String value,
            List<Integer> initiators,
            Pattern url,
            String method) {
        this.description = description;
        this.enabled = enabled;
        this.isRegex = isRegex;
        this.header = header;
        this.value = value;
        this.initiators = initiators;
        this.url = url;
        this.method = method;
    }

    String description() {
        return description;
    }

    void enable(boolean enabled) {
        this.enabled = enabled;
    }

    /** Sets the header if the request is one that the rule is for; an empty value removes it. */
    void apply(HttpMessage request, int initiator) {
        if (enabled && isFor(request, initiator)) {
            request.getRequestHeader().setHeader(header, value.isEmpty() ? null : value);
        }
    }

    private boolean isFor(HttpMessage request, int initiator) {
        return initiator != HttpSender.CHECK_FOR_UPDATES_INITIATOR
                && (initiators.isEmpty() || initiators.contains(initiator))
                && (method.isEmpty() || method.equalsIgnoreCase(request.getRequestHeader().getMethod()))
                && (url.pattern().isEmpty()
                        || url.matcher(request.getRequestHeader().getURI().toString()).matches());
    }

    /** As ZAP tells of a rule: everything is text. */
    Map<String, String> asReply() {
        return Map.of(
                "description", description,
                "enabled", Boolean.toString(enabled),
                "matchType", MATCH_TYPE,
                "matchRegex", Boolean.toString(isRegex),
                "matchString", header,
                "replacement", value,
                "initiators", initiators.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                "url", url.pattern(),
                "method", method);
    }
}
