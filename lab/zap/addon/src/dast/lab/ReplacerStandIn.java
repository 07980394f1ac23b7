package dast.lab;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.sf.json.JSONObject;
import org.parosproxy.paros.network.HttpMessage;
import org.parosproxy.paros.network.HttpSender;
import org.zaproxy.zap.extension.api.ApiAction;
import org.zaproxy.zap.extension.api.ApiException;
import org.zaproxy.zap.extension.api.ApiImplementor;
import org.zaproxy.zap.extension.api.ApiResponse;
import org.zaproxy.zap.extension.api.ApiResponseElement;
import org.zaproxy.zap.extension.api.ApiResponseList;
import org.zaproxy.zap.extension.api.ApiResponseSet;
import org.zaproxy.zap.extension.api.ApiView;
import org.zaproxy.zap.network.HttpSenderListener;
import org.zaproxy.zap.utils.ApiUtils;

/**
 * Stands in for the API of ZAP's add-on {@code replacer}: headers for requests.
 *
 * <p>It knows the match type {@code REQ_HEADER} alone, begins without rules where the real one has some that are
 * disabled, keeps them in memory only, and takes a value as it is, without escapes for bytes.
 */
final class ReplacerStandIn extends ApiImplementor implements HttpSenderListener {

    private final List<HeaderRule> rules = new CopyOnWriteArrayList<>();

    ReplacerStandIn() {
        addApiView(new ApiView("rules"));
        addApiAction(
                new ApiAction(
                        "addRule",
                        List.of("description", "enabled", "matchType", "matchRegex", "matchString"),
                        List.of("replacement", "initiators", "url", "method")));
        addApiAction(new ApiAction("removeRule", List.of("description")));
        addApiAction(new ApiAction("setEnabled", List.of("description", "bool")));
    }

    @Override
    public String getPrefix() {
        return "replacer";
    }

    @Override
    public ApiResponse handleApiView(String name, JSONObject params) throws ApiException {
        if (!name.equals("rules")) {
            throw new ApiException(ApiException.Type.BAD_VIEW);
        }
        ApiResponseList reply = new ApiResponseList(name);
        rules.forEach(rule -> reply.addItem(new ApiResponseSet<>("rule", rule.asReply())));
        return reply;
    }

    @Override
    public ApiResponse handleApiAction(String name, JSONObject params) throws ApiException {
        switch (name) {
            case "addRule":
                add(params);
                break;
            case "removeRule":
                rules.remove(find(params));
                break;
            case "setEnabled":
                find(params).enable(getParam(params, "bool", false));
                break;
            default:
                throw new ApiException(ApiException.Type.BAD_ACTION);
        }
        return ApiResponseElement.OK;
    }

    private synchronized void add(JSONObject params) throws ApiException {
        String description = params.getString("description");
        if (rules.stream().anyMatch(rule -> rule.description().equals(description))) {
            throw new ApiException(ApiException.Type.ALREADY_EXISTS, "description");
        }
        if (!params.getString("matchType").equals(HeaderRule.MATCH_TYPE)) {
            throw new ApiException(ApiException.Type.ILLEGAL_PARAMETER, "matchType");
        }
        boolean isRegex = ApiUtils.getBooleanParam(params, "matchRegex");
        if (isRegex) {
            pattern(params, "matchString");
        }
        rules.add(
                new HeaderRule(
                        description,
                        ApiUtils.getBooleanParam(params, "enabled"),
                        isRegex,
                        params.getString("matchString"),
                        getParam(params, "replacement", ""),
                        initiators(params),
                        pattern(params, "url"),
                        getParam(params, "method", "")));
    }

    private HeaderRule find(JSONObject params) throws ApiException {
        String description = params.getString("description");
        return rules.stream()
                .filter(rule -> rule.description().equals(description))
                .findFirst()
                .orElseThrow(() -> new ApiException(ApiException.Type.DOES_NOT_EXIST, "description"));
    }

    private List<Integer> initiators(JSONObject params) throws ApiException {
        String list = getParam(params, "initiators", "");
        try {
            return Stream.of(list.isEmpty() ? new String[0] : list.split(","))
                    .map(id -> Integer.valueOf(id.trim()))
                    .collect(Collectors.toList());
        } catch (NumberFormatException e) {
            throw new ApiException(ApiException.Type.ILLEGAL_PARAMETER, "initiators", e);
        }
    }

    private Pattern pattern(JSONObject params, String name) throws ApiException {
        try {
            return Pattern.compile(getParam(params, name, ""));
        } catch (PatternSyntaxException e) {
            throw new ApiException(ApiException.Type.ILLEGAL_PARAMETER, name, e);
        }
    }

    @Override
    public int getListenerOrder() {
        return 0;
    }

    @Override
    public void onHttpRequestSend(HttpMessage request, int initiator, HttpSender sender) {
        rules.forEach(rule -> rule.apply(request, initiator));
    }

    @Override
    public void onHttpResponseReceive(HttpMessage answer, int initiator, HttpSender sender) {}
}
