package dast.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.stream.Stream;

/** Values for what a document describes: the default, else the first of a list, else the example, else any. */
final class ExampleValues {

    private static final JsonNodeFactory VALUES = JsonNodeFactory.instance;
    /** Schemas may contain themselves. */
    private static final int DEEPEST = 8;

    private final OpenApiDocument document;

    ExampleValues(OpenApiDocument document) {
        this.document = document;
    }

    /** As it is written in an address or a header. */
    String ofParameter(JsonNode parameter) {
        JsonNode schema = document.resolve(parameter.path("schema"));
        Stream<JsonNode> given =
                Stream.of(schema.path("default"), schema.path("enum").path(0), parameter.path("example"));
        String name = parameter.path("name").asText();
        return asText(given.filter(ExampleValues::isGiven).findFirst().orElseGet(() -> of(schema, name, 0)));
    }

    JsonNode ofMedia(JsonNode media) {
        JsonNode example = media.path("example");
        return isGiven(example) ? example : of(media.path("schema"), "John Doe", 0);
    }

    /** A list is written as its first item. */
    static String asText(JsonNode value) {
        JsonNode one = value.isArray() ? value.path(0) : value;
        return one.isValueNode() ? one.asText() : one.toString();
    }

    /** {@code text} is the value of a text that is not described any further. */
    private JsonNode of(JsonNode described, String text, int depth) {
        JsonNode schema = document.resolve(described);
        Stream<JsonNode> given =
                Stream.of(schema.path("default"), schema.path("enum").path(0), schema.path("example"));
        return given.filter(ExampleValues::isGiven).findFirst().orElseGet(() -> ofType(schema, text, depth));
    }

    private JsonNode ofType(JsonNode schema, String text, int depth) {
        if (depth > DEEPEST) {
            return VALUES.nullNode();
        }
        for (String choice : new String[] {"oneOf", "anyOf"}) {
            if (schema.path(choice).has(0)) {
                return of(schema.path(choice).path(0), text, depth + 1);
            }
        }
        if (schema.has("properties") || schema.has("allOf")) {
            return ofObject(schema, text, depth);
        }
        JsonNode type = schema.path("type");
        // OpenAPI 3.1 allows several.
        switch (type.isArray() ? type.path(0).asText() : type.asText()) {
            case "integer":
                return VALUES.numberNode(Math.max(10, schema.path("minimum").asInt()));
            case "number":
                return VALUES.numberNode(1.2);
            case "boolean":
                return VALUES.booleanNode(true);
            case "array":
                return VALUES.arrayNode().add(of(schema.path("items"), text, depth + 1));
            case "object":
                return VALUES.objectNode();
            default:
                return VALUES.textNode(ofFormat(schema.path("format").asText(), text));
        }
    }

    private ObjectNode ofObject(JsonNode schema, String text, int depth) {
        ObjectNode object = VALUES.objectNode();
        for (JsonNode part : schema.path("allOf")) {
            if (of(part, text, depth + 1) instanceof ObjectNode) {
                object.setAll((ObjectNode) of(part, text, depth + 1));
            }
        }
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            object.set(property.getKey(), of(property.getValue(), text, depth + 1));
        }
        return object;
    }

    private static String ofFormat(String format, String text) {
        switch (format) {
            case "date":
                return "1970-01-01";
            case "date-time":
                return "1970-01-01T00:00:00Z";
            case "uuid":
                return "00000000-0000-4000-8000-000000000000";
            default:
                return text;
        }
    }

    private static boolean isGiven(JsonNode value) {
        return !value.isMissingNode() && !value.isNull();
    }
}
