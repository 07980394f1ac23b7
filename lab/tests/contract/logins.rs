//! Users: how they log in to the shop, what ZAP makes of it, and what is sent as one of them.

use dast_shop::{DEMO_PASSWORD, DEMO_USER};
use dast_zap_client::authentication::{AuthenticationMethod, MethodName, MethodParameters};
use dast_zap_client::context::PollUnits;
use dast_zap_client::core::Message;
use dast_zap_client::{ContextId, ErrorCode, UserId};

use super::stage::{Stage, refused};
use super::{attack, crawl};

pub(crate) async fn calls(stage: &Stage) {
    let context = stage.zap.context().new_context("shop").send().await.unwrap();
    stage.zap.context().include_in_context("shop", &stage.everything()).send().await.unwrap();
    methods(stage, context).await;
    users(stage, context).await;
    without_indicators(stage, context).await;
    by_the_answer_to_the_login(stage, context).await;
    let demo = by_polling(stage, context).await;
    forced(stage, context, demo).await;
    scans(stage, context, demo).await;
    stage.zap.context().remove_context("shop").send().await.unwrap();
}

fn form(stage: &Stage) -> AuthenticationMethod {
    AuthenticationMethod::Form {
        login_url: stage.page("login"),
        login_page_url: None,
        request_data: "user={%username%}&password={%password%}".to_owned(),
    }
}

async fn methods(stage: &Stage, context: ContextId) {
    let authentication = stage.zap.authentication();
    let known = authentication.supported_methods().send().await.unwrap();
    assert!(known.contains(&MethodName::Form) && known.contains(&MethodName::Json), "{known:?}");
    assert_eq!(authentication.method(context).send().await.unwrap().name, MethodName::Manual);
    let parameters = authentication.method_parameters(MethodName::Form).send().await.unwrap();
    let mandatory =
        parameters.iter().filter(|parameter| parameter.mandatory).map(|parameter| parameter.name.as_str());
    assert_eq!(mandatory.collect::<Vec<_>>(), ["loginUrl"]);

    authentication.set_method(context, &form(stage)).send().await.unwrap();
    let method = authentication.method(context).send().await.unwrap();
    assert_eq!(method.name, MethodName::Form);
    assert_eq!(method.parameters["loginUrl"], stage.page("login").as_str());
    assert_eq!(method.parameters["loginRequestData"], "user={%username%}&password={%password%}");

    assert_eq!(authentication.logged_in_indicator(context).send().await.unwrap(), "");
    authentication.set_logged_in_indicator(context, r"\QLog out\E").send().await.unwrap();
    authentication.set_logged_out_indicator(context, "Log in|Sign in").send().await.unwrap();
    assert_eq!(authentication.logged_in_indicator(context).send().await.unwrap(), r"\QLog out\E");
    assert_eq!(authentication.logged_out_indicator(context).send().await.unwrap(), "Log in|Sign in");
    refused(authentication.set_logged_in_indicator(context, "").send().await, &ErrorCode::MissingParameter);
    authentication.set_method(context, &form(stage)).send().await.unwrap();
    assert_eq!(
        authentication.logged_in_indicator(context).send().await.unwrap(),
        "",
        "they go with the method"
    );
    assert_eq!(authentication.logged_out_indicator(context).send().await.unwrap(), "");
}

async fn users(stage: &Stage, context: ContextId) {
    let users = stage.zap.users();
    let parameters = users.credential_parameters(context).send().await.unwrap();
    let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(names, ["username", "password"]);

    let ann = users.new_user(context, "ann").send().await.unwrap();
    users.set_name(context, ann, "Ann").send().await.unwrap();
    let credentials = MethodParameters::new().with("username", "a&n=n").with("password", "%+ü");
    users.set_credentials(context, ann, &credentials).send().await.unwrap();
    let known = users.credentials(context, ann).send().await.unwrap();
    assert_eq!(known.username.as_deref(), Some("a&n=n"));
    assert_eq!(known.kind, "UsernamePasswordAuthenticationCredentials");
    users.set_enabled(context, ann, true).send().await.unwrap();
    users.set_cookie(context, ann, "127.0.0.1", "cart", "1-3").path("/").secure(false).send().await.unwrap();

    let user = users.user(context, ann).send().await.unwrap();
    assert_eq!((user.id, user.context, user.name.as_str(), user.enabled), (ann, context, "Ann", true));
    assert_eq!(user.credentials.username.as_deref(), Some("a&n=n"));
    assert_eq!(users.users().context(context).send().await.unwrap(), [user]);
    users.remove_user(context, ann).send().await.unwrap();
    assert_eq!(users.users().send().await.unwrap(), []);
    refused(users.user(context, ann).send().await, &ErrorCode::UserNotFound);
}

/// A user that never logged in.
async fn fresh(stage: &Stage, context: ContextId, password: &str) -> UserId {
    let users = stage.zap.users();
    let user = users.new_user(context, DEMO_USER).send().await.unwrap();
    users.set_password(context, user, DEMO_USER, password).send().await.unwrap();
    users.set_enabled(context, user, true).send().await.unwrap();
    user
}

async fn logs_in(stage: &Stage, context: ContextId, password: &str) -> Option<bool> {
    let user = fresh(stage, context, password).await;
    let login = stage.zap.users().authenticate(context, user).send().await.unwrap();
    let message = stage.zap.core().message(login.message.unwrap()).send().await.unwrap();
    // The shop knows: it redirects whom it lets in.
    let status = if password == DEMO_PASSWORD { 303 } else { 401 };
    assert_eq!((message.status(), message.history_type), (Some(status), 11));
    login.successful
}

/// ZAP cannot tell, and says no.
async fn without_indicators(stage: &Stage, context: ContextId) {
    assert_eq!(logs_in(stage, context, DEMO_PASSWORD).await, Some(false));
    assert_eq!(logs_in(stage, context, "wrong").await, Some(false));
}

/// ZAP looks at the answer to the login itself, header and body, and follows no redirect.
async fn by_the_answer_to_the_login(stage: &Stage, context: ContextId) {
    let authentication = stage.zap.authentication();
    authentication.set_logged_in_indicator(context, r"\Q<h1>Hello, demo</h1>\E").send().await.unwrap();
    assert_eq!(logs_in(stage, context, DEMO_PASSWORD).await, Some(false), "that stands behind the redirect");
    authentication.set_logged_in_indicator(context, "(?i)location: /account").send().await.unwrap();
    assert_eq!(logs_in(stage, context, DEMO_PASSWORD).await, Some(true));
    assert_eq!(logs_in(stage, context, "wrong").await, Some(false));

    authentication.set_method(context, &form(stage)).send().await.unwrap();
    authentication.set_logged_out_indicator(context, "the password is wrong").send().await.unwrap();
    assert_eq!(logs_in(stage, context, DEMO_PASSWORD).await, Some(true));
    assert_eq!(logs_in(stage, context, "wrong").await, Some(false));
    authentication.set_method(context, &form(stage)).send().await.unwrap();
}

async fn by_polling(stage: &Stage, context: ContextId) -> UserId {
    let users = stage.zap.users();
    let demo = fresh(stage, context, DEMO_PASSWORD).await;
    refused(users.poll(context, demo).send().await, &ErrorCode::IllegalParameter);
    let indicator = r"\Q<h1>Hello, demo</h1>\E";
    stage.zap.authentication().set_logged_in_indicator(context, indicator).send().await.unwrap();
    let account = stage.page("account");
    stage.zap.context().poll("shop", &account, 5, PollUnits::Requests).send().await.unwrap();
    let never = users.state(context, demo).send().await.unwrap();
    assert_eq!((never.last_success, never.last_poll_result), (None, None));

    let before = users.poll(context, demo).send().await.unwrap();
    assert!(!before.successful);
    let login = users.authenticate(context, demo).send().await.unwrap();
    assert_eq!(login.successful, Some(false), "the answer to the login counts, though it was taken");
    let after = users.poll(context, demo).send().await.unwrap();
    assert!(after.successful);
    let polled = stage.zap.core().message(after.message).send().await.unwrap();
    assert!(polled.response_body.contains("Hello, demo") && has_session(&polled), "{polled:?}");
    let state = users.state(context, demo).send().await.unwrap();
    assert_eq!(state.last_poll_result, Some(true));
    assert!(state.last_success.is_some() && state.last_poll.is_some());

    let wrong = fresh(stage, context, "wrong").await;
    let login = users.authenticate(context, wrong).send().await.unwrap();
    assert_eq!(login.successful, Some(false));
    assert!(!users.poll(context, wrong).send().await.unwrap().successful);
    // What is called the last success is the last try.
    assert!(users.state(context, wrong).send().await.unwrap().last_success.is_some());
    demo
}

async fn forced(stage: &Stage, context: ContextId, demo: UserId) {
    let forced = stage.zap.forced_user();
    let account = async || {
        let messages = stage.zap.core().access_url(&stage.page("account")).send().await.unwrap();
        messages[0].status()
    };
    assert_eq!(forced.user(context).send().await.unwrap().user, None);
    assert!(!forced.is_enabled().send().await.unwrap());
    assert_eq!(account().await, Some(303), "strangers have to log in");
    forced.set_user(context, demo).send().await.unwrap();
    assert_eq!(forced.user(context).send().await.unwrap().user, Some(demo));
    forced.set_enabled(true).send().await.unwrap();
    assert!(forced.is_enabled().send().await.unwrap());
    assert_eq!(account().await, Some(200));
    forced.set_enabled(false).send().await.unwrap();
    assert_eq!(account().await, Some(303));
}

async fn scans(stage: &Stage, context: ContextId, demo: UserId) {
    let account = stage.page("account");
    let spider = stage.zap.spider();
    let crawl = spider.scan_as_user(context, demo, &account).recurse(false).send().await.unwrap();
    crawl::finished(&spider, crawl).await;
    let greeted = greeted(stage).await;
    assert!(greeted.iter().any(|message| message.history_type == 2), "the spider's messages are kept");

    let ascan = stage.zap.ascan();
    let attack = ascan.scan_as_user(&stage.page("search"), context, demo).recurse(true).send().await.unwrap();
    attack::finished(&ascan, attack).await;
    let ids = ascan.messages_ids(attack).send().await.unwrap();
    let messages = stage.zap.core().messages_by_id(&ids).send().await.unwrap();
    assert!(!messages.is_empty() && messages.iter().all(has_session), "{messages:?}");
}

/// The answers of the account's page to the one who is logged in, each asked for with a session.
async fn greeted(stage: &Stage) -> Vec<Message> {
    let mut messages = stage.zap.core().messages(&stage.page("account")).send().await.unwrap();
    messages.retain(|message| message.response_body.contains("Hello, demo"));
    assert!(messages.iter().all(has_session), "{messages:?}");
    messages
}

fn has_session(message: &Message) -> bool {
    message.request_header.lines().any(|line| {
        line.split_once(':')
            .is_some_and(|(name, value)| name.eq_ignore_ascii_case("cookie") && value.contains("session="))
    })
}
