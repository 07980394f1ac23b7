package dast.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An OpenAPI 3 document.
 *
 * <p>Jackson reads it, since ZAP's own library for JSON takes texts such as {@code "null"} or {@code "[1]"} for what
 * they look like.
 */
final class OpenApiDocument {

    private static final List<String> METHODS = List.of("get", "post", "put", "delete", "patch");

    private final JsonNode root;
    /** Where it was found, for servers that are given relative to that; null for a file. */
    private final String url;

    OpenApiDocument(String text, String url) throws IOException {
        this.root = new ObjectMapper().readTree(text);
        this.url = url;
        if (!root.path("openapi").asText().startsWith("3.") || !root.path("paths").isObject()) {
            throw new IOException("not an OpenAPI 3 document in JSON");
        }
    }

    /** One request of each method of each path. */
    List<Operation> operations(Target target) {
        List<Operation> operations = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : root.path("paths").properties()) {
            JsonNode path = resolve(entry.getValue());
            for (String method : METHODS) {
                JsonNode operation = path.path(method);
                if (operation.isObject()) {
                    for (String server : servers(target, operation, path, root)) {
                        operations.add(
                                new Operation(this, method.toUpperCase(), server + entry.getKey(), path, operation));
                    }
                }
            }
        }
        return operations;
    }

    /** What a reference within the document stands for; anything else is itself. */
    JsonNode resolve(JsonNode node) {
        JsonNode resolved = node;
        // A reference may name another, and a document may have them go round.
        for (int steps = 0; resolved.has("$ref") && steps < 10; steps++) {
            String reference = resolved.path("$ref").asText();
            resolved = reference.startsWith("#/") ? root.at(reference.substring(1)) : MissingNode.getInstance();
        }
        return resolved;
    }

    /** The servers of the innermost place that names some. A target takes the place of the first alone. */
    private Set<String> servers(Target target, JsonNode... places) {
        Set<String> servers = new LinkedHashSet<>();
        for (JsonNode place : places) {
            for (JsonNode server : place.path("servers")) {
                servers.add(target.over(absolute(server)));
                if (!target.isEmpty()) {
                    return servers;
                }
            }
            if (!servers.isEmpty()) {
                return servers;
            }
        }
        // A document without servers has its own place's root (OpenAPI 3, "servers").
        servers.add(target.over(url == null ? "/" : URI.create(url).resolve("/").toString()));
        return servers;
    }

    private String absolute(JsonNode server) {
        String address = server.path("url").asText();
        Iterator<Map.Entry<String, JsonNode>> variables = server.path("variables").fields();
        while (variables.hasNext()) {
            Map.Entry<String, JsonNode> variable = variables.next();
            address = address.replace("{" + variable.getKey() + "}", variable.getValue().path("default").asText());
        }
        return url == null ? address : URI.create(url).resolve(address).toString();
    }
}
