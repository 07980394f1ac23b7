//! Contexts: which addresses belong together, and how their answers are read.

use dast_zap_client::ErrorCode;
use dast_zap_client::authorization::LogicalOperator;
use dast_zap_client::context::{CheckingStrategy, Patterns, PollUnits};
use dast_zap_client::session_management::SessionMethod;

use super::stage::{Stage, refused};

pub(crate) async fn calls(stage: &Stage) {
    addresses(stage).await;
    technologies(stage).await;
    answers(stage).await;
    files(stage).await;
}

async fn addresses(stage: &Stage) {
    let context = stage.zap.context();
    assert_eq!(context.contexts().send().await.unwrap(), [""; 0]);
    let id = context.new_context("first").send().await.unwrap();
    assert_eq!(context.contexts().send().await.unwrap(), ["first"]);
    refused(context.new_context("first").send().await, &ErrorCode::AlreadyExists);

    let (all, about) = (stage.everything(), r".*/about");
    context.include_in_context("first", &all).send().await.unwrap();
    context.exclude_from_context("first", about).send().await.unwrap();
    assert_eq!(context.include_regexes("first").send().await.unwrap(), [all.as_str()]);
    assert_eq!(context.exclude_regexes("first").send().await.unwrap(), [about]);
    let urls = context.urls("first").send().await.unwrap();
    assert!(urls.contains(&stage.page("login").to_string()), "{urls:?}");
    assert!(!urls.contains(&stage.page("about").to_string()), "{urls:?}");

    let details = context.context("first").send().await.unwrap();
    assert_eq!((details.id, details.name.as_str(), details.in_scope), (id, "first", true));
    assert_eq!(
        (details.include_regexes, details.exclude_regexes),
        (vec![all.clone()], vec![about.to_owned()])
    );
    assert_eq!(details.authentication.as_deref(), Some("Manual Authentication"));

    let odd = r#"http://a\.test/(b|"c",d)\[.*"#;
    let both = Patterns::from_iter([all.as_str(), odd]);
    context.set_regexes("first", &both, &Patterns::default()).send().await.unwrap();
    assert_eq!(context.include_regexes("first").send().await.unwrap(), [all.as_str(), odd]);
    assert_eq!(context.exclude_regexes("first").send().await.unwrap(), [""; 0]);
    let broken = Patterns::from_iter(["("]);
    refused(context.set_regexes("first", &broken, &both).send().await, &ErrorCode::InternalError);
    assert_eq!(context.include_regexes("first").send().await.unwrap(), [all.as_str(), odd]);

    context.set_in_scope("first", false).send().await.unwrap();
    assert!(!context.context("first").send().await.unwrap().in_scope);
}

async fn technologies(stage: &Stage) {
    let context = stage.zap.context();
    let all = context.technologies().send().await.unwrap();
    assert!(all.iter().any(|name| name == "Db.MySQL") && all.iter().any(|name| name == "Language.PHP"));
    context.exclude_all_technologies("first").send().await.unwrap();
    assert_eq!(context.included_technologies("first").send().await.unwrap(), [""; 0]);
    context.include_technologies("first", &["Db.MySQL", "Language.PHP"]).send().await.unwrap();
    let included = context.included_technologies("first").send().await.unwrap();
    assert_eq!(included, ["Db.MySQL", "Language.PHP"]);
    context.include_all_technologies("first").send().await.unwrap();
    assert_eq!(context.excluded_technologies("first").send().await.unwrap(), [""; 0]);
    context.exclude_technologies("first", &["Db.MySQL"]).send().await.unwrap();
    assert_eq!(context.excluded_technologies("first").send().await.unwrap(), ["Db.MySQL"]);
}

async fn answers(stage: &Stage) {
    let context = stage.zap.context();
    let id = context.context("first").send().await.unwrap().id;
    let strategy = async || context.context("first").send().await.unwrap().checking_strategy;
    assert_eq!(strategy().await, Some(CheckingStrategy::EachResponse));
    context.set_checking_strategy("first", CheckingStrategy::EachRequestOrResponse).send().await.unwrap();
    assert_eq!(strategy().await, Some(CheckingStrategy::EachRequestOrResponse));
    context.poll("first", &stage.page("account"), 10, PollUnits::Requests).send().await.unwrap();
    assert_eq!(strategy().await, Some(CheckingStrategy::PollUrl));

    let authorization = stage.zap.authorization();
    assert_eq!(authorization.detection(id).send().await.unwrap().status, None);
    let request =
        authorization.set_detection(id).status(403).header_regex("Deny: .*").body_regex("no & never");
    request.logical_operator(LogicalOperator::Or).send().await.unwrap();
    let detection = authorization.detection(id).send().await.unwrap();
    assert_eq!((detection.method_type.as_str(), detection.status), ("basic", Some(403)));
    assert_eq!((detection.header_regex.as_str(), detection.body_regex.as_str()), ("Deny: .*", "no & never"));
    assert_eq!(detection.logical_operator, LogicalOperator::Or);

    let sessions = stage.zap.session_management();
    assert_eq!(sessions.method(id).send().await.unwrap(), SessionMethod::Cookies);
    let known = sessions.supported_methods().send().await.unwrap();
    assert!(known.contains(&SessionMethod::Http) && known.contains(&SessionMethod::Script), "{known:?}");
    assert_eq!(sessions.method_parameters(SessionMethod::Http).send().await.unwrap(), []);
    let script = sessions.method_parameters(SessionMethod::Script).send().await.unwrap();
    assert!(
        script.iter().any(|parameter| parameter.name == "scriptName" && parameter.mandatory),
        "{script:?}"
    );
    sessions.set_method(id, SessionMethod::Http).send().await.unwrap();
    assert_eq!(sessions.method(id).send().await.unwrap(), SessionMethod::Http);
}

async fn files(stage: &Stage) {
    let context = stage.zap.context();
    let file = stage.file("first.context");
    let path = file.to_str().unwrap();
    let before = context.context("first").send().await.unwrap();
    context.export_context("first", path).send().await.unwrap();
    refused(context.import_context(path).send().await, &ErrorCode::BadExternalData);
    context.remove_context("first").send().await.unwrap();
    refused(context.context("first").send().await, &ErrorCode::DoesNotExist);
    let id = context.import_context(path).send().await.unwrap();
    let after = context.context("first").send().await.unwrap();
    assert_eq!((after.id, &after.include_regexes), (id, &before.include_regexes));
    assert_eq!((&after.excluded_technologies, after.in_scope), (&before.excluded_technologies, false));
    context.remove_context("first").send().await.unwrap();
}
