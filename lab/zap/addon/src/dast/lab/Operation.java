package dast.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.commons.httpclient.URI;
import org.apache.commons.httpclient.URIException;
import org.parosproxy.paros.network.HttpHeader;
import org.parosproxy.paros.network.HttpMalformedHeaderException;
import org.parosproxy.paros.network.HttpMessage;

/** An operation of an OpenAPI document, on one server. */
final class Operation {

    private static final String JSON = "application/json";
    private static final String FORM = "application/x-www-form-urlencoded";

    private final OpenApiDocument document;
    private final ExampleValues values;
    private final String method;
    /** With the names of parameters in braces. */
    private final String template;
    private final JsonNode path;
    private final JsonNode operation;

    Operation(OpenApiDocument document, String method, String template, JsonNode path, JsonNode operation) {
        this.document = document;
        this.values = new ExampleValues(document);
        this.method = method;
        this.template = template;
        this.path = path;
        this.operation = operation;
    }

    @Override
    public String toString() {
        return method + " " + template;
    }

    /** A request with a value for each parameter; {@code warnings} gets what is left out. */
    HttpMessage request(List<String> warnings) throws URIException, HttpMalformedHeaderException {
        String address = template;
        StringBuilder query = new StringBuilder();
        Map<String, String> headers = new LinkedHashMap<>();
        for (JsonNode parameter : parameters()) {
            String name = parameter.path("name").asText();
            String value = values.ofParameter(parameter);
            switch (parameter.path("in").asText()) {
                case "path":
                    address = address.replace("{" + name + "}", encode(value));
                    break;
                case "query":
                    query.append(query.length() == 0 ? '?' : '&').append(encode(name) + "=" + encode(value));
                    break;
                case "header":
                    headers.put(name, value);
                    break;
                default:
                    warnings.add(this + ": no value for the parameter `" + name + "`");
            }
        }
        HttpMessage request = new HttpMessage(new URI(address + query, true));
        request.getRequestHeader().setMethod(method);
        headers.forEach(request.getRequestHeader()::setHeader);
        setBody(request, warnings);
        return request;
    }

    /** Those of the operation replace those of the path that have the same name and place. */
    private Iterable<JsonNode> parameters() {
        Map<String, JsonNode> parameters = new LinkedHashMap<>();
        for (JsonNode place : List.of(path, operation)) {
            for (JsonNode reference : place.path("parameters")) {
                JsonNode parameter = document.resolve(reference);
                parameters.put(parameter.path("in").asText() + " " + parameter.path("name").asText(), parameter);
            }
        }
        return parameters.values();
    }

    private void setBody(HttpMessage request, List<String> warnings) {
        JsonNode content = document.resolve(operation.path("requestBody")).path("content");
        if (content.has(JSON)) {
            setBody(request, JSON, values.ofMedia(content.path(JSON)).toString());
        } else if (content.has(FORM)) {
            setBody(request, FORM, form(values.ofMedia(content.path(FORM))));
        } else if (!content.isEmpty()) {
            warnings.add(this + ": no body, which is neither JSON nor a form");
        }
        request.getRequestHeader().setContentLength(request.getRequestBody().length());
    }

    private static void setBody(HttpMessage request, String type, String body) {
        request.getRequestHeader().setHeader(HttpHeader.CONTENT_TYPE, type);
        request.getRequestBody().setBody(body);
    }

    private static String form(JsonNode fields) {
        return fields.properties().stream()
                .map(field -> encode(field.getKey()) + "=" + encode(ExampleValues.asText(field.getValue())))
                .collect(Collectors.joining("&"));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
