package dast.lab;

import java.net.URI;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where requests go instead of where a document says: scheme, authority and path, each of them if it is given. */
final class Target {

    private static final Pattern PARTS = Pattern.compile("(?:(https?)://|//)?([^/?#]+)?(/(?!/)[^?#]*)?");

    private final String scheme;
    private final String authority;
    private final String path;

    private Target(String scheme, String authority, String path) {
        this.scheme = scheme;
        this.authority = authority;
        this.path = path;
    }

    /** Of {@code http://shop.test/api}, {@code shop.test:8080} or {@code /api}; nothing at all replaces nothing. */
    static Target parse(String text) {
        Matcher parts = PARTS.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not a host or the beginning of an address: " + text);
        }
        return new Target(parts.group(1), parts.group(2), parts.group(3));
    }

    boolean isEmpty() {
        return scheme == null && authority == null && path == null;
    }

    /** The address of a server with these parts in place of its own, without a slash at its end. */
    String over(String server) {
        URI old = URI.create(server).normalize();
        String newScheme = scheme == null ? old.getScheme() : scheme;
        String newAuthority = authority == null ? old.getRawAuthority() : authority;
        if (newScheme == null || newAuthority == null) {
            throw new IllegalArgumentException("no scheme or no host in the server `" + server + "`");
        }
        String newPath = path == null ? Objects.requireNonNullElse(old.getRawPath(), "") : path;
        return newScheme + "://" + newAuthority + newPath.replaceFirst("/+$", "");
    }
}
