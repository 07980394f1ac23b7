//! What ZAP keeps of a crawl: messages, sites, counters; and how to search in it.

use std::collections::BTreeSet;

use dast_zap_client::{ErrorCode, MessageId};

use super::stage::{Stage, refused};

pub(crate) async fn calls(stage: &Stage) {
    sent(stage).await;
    messages(stage).await;
    sites(stage).await;
    search(stage).await;
}

async fn sent(stage: &Stage) {
    let core = stage.zap.core();
    let messages = core.access_url(&stage.page("shop")).follow_redirects(true).send().await.unwrap();
    assert_eq!(messages.iter().map(|message| message.status()).collect::<Vec<_>>(), [Some(308), Some(200)]);
    let (host, target) = (stage.shop.address(), stage.page("search?q=tea%26honey"));
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nX-Contract: yes\r\n\r\n");
    let messages = core.send_request(&request).follow_redirects(false).send().await.unwrap();
    assert_eq!((messages.len(), messages[0].status()), (1, Some(200)));
    assert!(messages[0].request_header.contains("X-Contract: yes\r\n"), "{messages:?}");
    assert!(messages[0].response_body.contains("tea&honey"), "it echoes");
    assert!(messages[0].sent.is_some());
}

async fn messages(stage: &Stage) {
    let (core, shop) = (stage.zap.core(), stage.page(""));
    let all = core.messages(&shop).send().await.unwrap();
    // ZAP leaves images out of the list, and counts them all the same.
    assert!(core.number_of_messages(&shop).send().await.unwrap() >= all.len() as u64);
    let second = core.messages(&shop).start(2).count(1).send().await.unwrap();
    assert_eq!((second.len(), second[0].id), (1, all[1].id));

    // Ones that stay: the last of the list may be of the crawl that was stopped, whose messages ZAP still takes away.
    let (first, ours) =
        (&all[0], all.iter().find(|message| message.request_header.contains("X-Contract")).unwrap());
    assert_eq!(&core.message(first.id).send().await.unwrap(), first);
    let both = core.messages_by_id(&[first.id, ours.id]).send().await.unwrap();
    assert_eq!(both, [first.clone(), ours.clone()]);
}

async fn sites(stage: &Stage) {
    let core = stage.zap.core();
    let site = stage.site();
    // ZAP may have a site twice, as two trees: threads that meet it at once each plant one.
    let once = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(once(core.sites().send().await.unwrap()), [site.clone()].into());
    assert_eq!(once(core.hosts().send().await.unwrap()), ["127.0.0.1".to_owned()].into());
    let login = stage.page("login");
    assert_eq!(core.urls(login.as_str()).send().await.unwrap(), [login.as_str()]);

    let roots = core.child_nodes().send().await.unwrap();
    assert_eq!((roots[0].uri.as_str(), roots[0].is_leaf), (site.as_str(), false));
    let nodes = core.child_nodes().url(&roots[0].uri).send().await.unwrap();
    let about = stage.page("about").to_string();
    let found = nodes.into_iter().find(|node| node.uri == about).unwrap();
    assert_eq!((found.method.as_str(), found.is_leaf), ("GET", true));
    assert_eq!(core.message(found.message).send().await.unwrap().status(), Some(200));
}

async fn search(stage: &Stage) {
    let (search, shop) = (stage.zap.search(), stage.page(""));
    let found = search.urls_by_url("/login$").base(&shop).start(1).count(50).send().await.unwrap();
    assert!(found.iter().all(|found| found.url == stage.page("login").as_str()), "{found:?}");
    let posted = found.iter().find(|found| found.method == "POST").unwrap();
    assert_eq!((posted.status, posted.history_type), (Some(401), 2));

    let found = search.urls_by_response(r"^HTTP/[\d.]+ 308").send().await.unwrap();
    assert!(!found.is_empty() && found.iter().all(|found| found.status == Some(308)), "{found:?}");

    let first = |messages: Vec<dast_zap_client::core::Message>| messages.into_iter().next().unwrap();
    let redirect = first(search.messages_by_url("/shop$").base(&shop).count(1).send().await.unwrap());
    assert_eq!(redirect.status(), Some(308));
    let marked = first(search.messages_by_request("X-Contract: yes").send().await.unwrap());
    assert!(marked.request_header.contains("/search?q=tea%26honey"));
    assert_eq!(
        search.messages_by_header("X-Contract: yes").send().await.unwrap(),
        std::slice::from_ref(&marked)
    );
    let echoes = search.messages_by_response("tea&honey").start(1).count(1).send().await.unwrap();
    assert_eq!(echoes.iter().map(|message| message.id).collect::<Vec<MessageId>>(), [marked.id]);
}

/// Counters, once there are some for the site: those of logins.
pub(crate) async fn counters(stage: &Stage) {
    let stats = stage.zap.stats();
    let crawls = stats.stats().key_prefix("stats.spider.started").send().await.unwrap();
    assert!(crawls["stats.spider.started"] >= 3, "{crawls:?}");
    let logins = stats.site_stats(&stage.page("")).key_prefix("stats.auth.").send().await.unwrap();
    assert_eq!(logins.site, stage.site());
    assert!(logins.counters["stats.auth.success"] >= 1, "{logins:?}");
    let all = stats.all_sites_stats().key_prefix("stats.auth.").send().await.unwrap();
    assert_eq!(all, [logins]);
    stats.clear_stats().key_prefix("stats.spider.").send().await.unwrap();
    assert!(stats.stats().key_prefix("stats.spider.started").send().await.unwrap().is_empty());
}

/// Nodes are taken out of the tree with their messages, and the alerts of these are left behind.
pub(crate) async fn forgetting(stage: &Stage) {
    let (core, alert, shop) = (stage.zap.core(), stage.zap.alert(), stage.shop.url());
    stage.passive_scan().await;
    let alerts = alert.number_of_alerts(&shop).send().await.unwrap();
    let site = stage.site();
    let has = async |path: &str| {
        let page = stage.page(path).to_string();
        core.child_nodes().url(&site).send().await.unwrap().iter().any(|node| node.uri == page)
    };
    assert!(has("cart").await && has("").await && has("login").await);
    core.delete_site_node(stage.page("cart").as_str()).method("GET").send().await.unwrap();
    core.delete_site_node(&shop).send().await.unwrap();
    assert!(!has("").await && has("login").await, "with a slash it is one page");
    for root in core.child_nodes().send().await.unwrap() {
        core.delete_site_node(&root.uri).send().await.unwrap();
    }
    assert_eq!(core.sites().send().await.unwrap(), [""; 0]);
    let left = alert.number_of_alerts(&shop).send().await.unwrap();
    assert!(left > 0 && left <= alerts, "{left} of {alerts}");
    // An alert whose message is gone breaks ZAP 2.17.0 here.
    refused(alert.delete_alerts(&shop).send().await, &ErrorCode::InternalError);
    alert.delete_all_alerts().send().await.unwrap();
    assert_eq!(alert.number_of_alerts(&shop).send().await.unwrap(), 0);
}
