package dast.lab;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import net.sf.json.JSONObject;
import org.apache.commons.httpclient.URI;
import org.apache.commons.httpclient.URIException;
import org.parosproxy.paros.control.Control;
import org.zaproxy.zap.extension.api.ApiAction;
import org.zaproxy.zap.extension.api.ApiException;
import org.zaproxy.zap.extension.api.ApiImplementor;
import org.zaproxy.zap.extension.api.ApiResponse;
import org.zaproxy.zap.extension.api.ApiResponseElement;
import org.zaproxy.zap.extension.api.ApiResponseList;
import org.zaproxy.zap.extension.users.ExtensionUserManagement;
import org.zaproxy.zap.model.Context;
import org.zaproxy.zap.users.User;
import org.zaproxy.zap.utils.ApiUtils;

/**
 * Stands in for the API of ZAP's add-on {@code openapi}: sends the requests that a document describes.
 *
 * <p>It reads OpenAPI 3 in JSON, without references to other documents, and sends each operation once, with defaults,
 * examples or a value of the type. A body that is neither JSON nor a form and a cookie are left out with a warning. With
 * a context it sends what is in that context. The real one sends more: it leaves out only what the context excludes,
 * includes the rest in it, and takes the first context if none is named.
 */
final class OpenApiStandIn extends ApiImplementor {

    OpenApiStandIn() {
        addApiAction(
                new ApiAction(
                        "importUrl",
                        List.of("url"),
                        List.of("hostOverride", "contextId", "userId", "maxMessages")));
        addApiAction(
                new ApiAction(
                        "importFile", List.of("file"), List.of("target", "contextId", "userId", "maxMessages")));
    }

    @Override
    public String getPrefix() {
        return "openapi";
    }

    /** Answers when all is sent, with what could not be: those are warnings, and no error. */
    @Override
    public ApiResponse handleApiAction(String name, JSONObject params) throws ApiException {
        ApiResponseList reply = new ApiResponseList(name);
        importAs(name, params).forEach(text -> reply.addItem(new ApiResponseElement("warning", text)));
        return reply;
    }

    private List<String> importAs(String name, JSONObject params) throws ApiException {
        Context context = given(params, "contextId") ? ApiUtils.getContextByParamId(params, "contextId") : null;
        Requests requests = new Requests(context, user(params, context), getParam(params, "maxMessages", 0));
        switch (name) {
            case "importUrl":
                URI url = url(params);
                OpenApiDocument fetched = read(fetch(requests, url), url.toString());
                return requests.sendAll(fetched, target(params, "hostOverride"));
            case "importFile":
                return requests.sendAll(read(file(params), null), target(params, "target"));
            default:
                throw new ApiException(ApiException.Type.BAD_ACTION);
        }
    }

    private static User user(JSONObject params, Context context) throws ApiException {
        if (!given(params, "userId")) {
            return null;
        }
        int id = ApiUtils.getIntParam(params, "userId");
        ExtensionUserManagement users =
                Control.getSingleton().getExtensionLoader().getExtension(ExtensionUserManagement.class);
        User user = context == null ? null : users.getContextUserAuthManager(context.getId()).getUserById(id);
        if (user == null) {
            throw new ApiException(ApiException.Type.USER_NOT_FOUND, "userId");
        }
        return user;
    }

    private static URI url(JSONObject params) throws ApiException {
        try {
            URI url = new URI(params.getString("url"), false);
            if (url.getScheme() != null && url.getHost() != null) {
                return url;
            }
        } catch (URIException e) {
            // As one that is not complete.
        }
        throw new ApiException(ApiException.Type.ILLEGAL_PARAMETER, "url");
    }

    private static Target target(JSONObject params, String name) throws ApiException {
        try {
            return Target.parse(params.optString(name, ""));
        } catch (IllegalArgumentException e) {
            throw new ApiException(ApiException.Type.ILLEGAL_PARAMETER, name, e);
        }
    }

    private static String fetch(Requests requests, URI url) throws ApiException {
        try {
            return requests.fetch(url);
        } catch (IOException e) {
            throw new ApiException(ApiException.Type.ILLEGAL_PARAMETER, "Failed to access the target.", e);
        }
    }

    private static String file(JSONObject params) throws ApiException {
        File file = new File(params.getString("file"));
        if (!file.canRead()) {
            throw new ApiException(ApiException.Type.DOES_NOT_EXIST, file.getAbsolutePath());
        }
        if (!file.isFile()) {
            throw new ApiException(ApiException.Type.ILLEGAL_PARAMETER, "file");
        }
        try {
            return Files.readString(file.toPath());
        } catch (IOException e) {
            throw new ApiException(ApiException.Type.BAD_EXTERNAL_DATA, "file", e);
        }
    }

    private static OpenApiDocument read(String text, String url) throws ApiException {
        try {
            return new OpenApiDocument(text, url);
        } catch (IOException e) {
            throw new ApiException(ApiException.Type.BAD_EXTERNAL_DATA, e.getMessage(), e);
        }
    }

    private static boolean given(JSONObject params, String name) {
        return !params.optString(name, "").isEmpty();
    }
}
