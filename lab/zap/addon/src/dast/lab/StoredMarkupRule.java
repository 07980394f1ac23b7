package dast.lab;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import javax.swing.tree.TreeNode;
import org.apache.commons.httpclient.URI;
import org.apache.commons.httpclient.URIException;
import org.parosproxy.paros.core.scanner.Alert;
import org.parosproxy.paros.core.scanner.NameValuePair;
import org.parosproxy.paros.core.scanner.Plugin.AttackStrength;
import org.parosproxy.paros.model.HistoryReference;
import org.parosproxy.paros.model.Model;
import org.parosproxy.paros.model.SiteNode;
import org.parosproxy.paros.network.HttpHeader;
import org.parosproxy.paros.network.HttpMessage;
import org.parosproxy.paros.network.HttpRequestHeader;

/** A field of a form that a page shows later to everybody, unescaped. */
public final class StoredMarkupRule extends ActiveRule {

    /** How many of the known pages are looked at, besides those that the form itself names. */
    private static final int KNOWN_PAGES = 10;

    @Override
    public int getId() {
        return 40014;
    }

    @Override
    public String getName() {
        return "Cross Site Scripting (Persistent)";
    }

    @Override
    public String getDescription() {
        return "A page shows what somebody sent with a form as HTML, so that person's script runs for all visitors.";
    }

    @Override
    public void scan(HttpMessage form, NameValuePair field) {
        if (field.getType() == NameValuePair.TYPE_POST_DATA) {
            scan(form, field.getName(), field.getValue());
        }
    }

    @Override
    public void scan(HttpMessage form, String field, String value) {
        String markup = markup();
        setParameter(form, field, markup);
        try {
            sendAndReceive(form, false);
            for (URI address : pages(form)) {
                if (isStop() || showsAt(address, form, field, markup)) {
                    return;
                }
            }
        } catch (IOException e) {
            // An application that does not answer shows nothing.
        }
    }

    private boolean showsAt(URI address, HttpMessage form, String field, String markup) throws IOException {
        HttpMessage page = new HttpMessage(address);
        String cookies = form.getRequestHeader().getHeader(HttpHeader.COOKIE);
        if (cookies != null) {
            page.getRequestHeader().setHeader(HttpHeader.COOKIE, cookies);
        }
        sendAndReceive(page, false);
        if (!shows(page, markup)) {
            return false;
        }
        newAlert()
                .setConfidence(Alert.CONFIDENCE_HIGH)
                .setParam(field)
                .setAttack(markup)
                .setEvidence(markup)
                .setOtherInfo("It was sent to " + form.getRequestHeader().getURI() + ".")
                .setMessage(page)
                .raise();
        return true;
    }

    /** Where to look: where the form leads, where it came from, its own address, and what else is known. */
    private Set<URI> pages(HttpMessage form) throws URIException {
        URI action = form.getRequestHeader().getURI();
        Set<URI> pages = new LinkedHashSet<>();
        add(pages, action, form.getResponseHeader().getHeader(HttpHeader.LOCATION));
        add(pages, action, form.getRequestHeader().getHeader(HttpRequestHeader.REFERER));
        add(pages, action, action.getEscapedURI());
        if (getAttackStrength() != AttackStrength.LOW) {
            addKnown(pages, action);
        }
        return pages;
    }

    private static void add(Set<URI> pages, URI base, String address) throws URIException {
        if (address == null) {
            return;
        }
        URI page = new URI(base, address.replaceFirst("#.*", ""), true);
        if (base.getScheme().equals(page.getScheme()) && base.getAuthority().equals(page.getAuthority())) {
            pages.add(page);
        }
    }

    private static void addKnown(Set<URI> pages, URI base) throws URIException {
        int most = pages.size() + KNOWN_PAGES;
        Deque<TreeNode> waiting = new ArrayDeque<>();
        waiting.add(Model.getSingleton().getSession().getSiteTree().getRoot());
        while (!waiting.isEmpty() && pages.size() < most) {
            TreeNode node = waiting.remove();
            waiting.addAll(Collections.list(node.children()));
            HistoryReference record = ((SiteNode) node).getHistoryReference();
            if (record != null && HttpRequestHeader.GET.equals(record.getMethod())) {
                add(pages, base, record.getURI().getEscapedURI());
            }
        }
    }
}
