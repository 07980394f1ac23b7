//! Being logged in at the target while ZAP scans it.

use dast_policy::{Authentication, Cause, Origin};
use dast_zap_client::authentication::AuthenticationMethod;
use dast_zap_client::context::PollUnits;
use dast_zap_client::replacer::MatchType;
use dast_zap_client::{UserId, ZapClient, ZapError};

use super::failure::{Shortfall, told};
use super::header::Header;
use super::login::{LoggedIn, Login, LoginMethod, Sign};
use super::place::{pattern, root, within};
use super::scope::Scope;
use super::settings::Settings;

/// What the user is called in ZAP, within the scan's own context.
const USER: &str = "user";
/// Requests after which ZAP looks by itself whether it still is logged in, and logs in again if not. Its own proposal is 60;
/// fewer requests are lost with less.
const POLL_AFTER: u32 = 20;

/// Puts header fields into every request to the target.
pub(super) async fn carry(
    zap: &ZapClient,
    headers: &[Header],
    origin: &Origin,
    scope: &mut Scope,
) -> Result<(), Shortfall> {
    for (index, header) in headers.iter().enumerate() {
        let name = format!("{} {index}", scope.name());
        let rule = zap.replacer().add_rule(&name, true, MatchType::RequestHeader, false, &header.name);
        let rule = rule.replacement(&header.value.0).url(&pattern(origin));
        let remove = zap.replacer().remove_rule(&name);
        scope.undo(|| remove.send());
        rule.send().await.map_err(|error| absent("header fields", error))?;
    }
    Ok(())
}

/// A user at the target, as ZAP knows it, and the way to see that it is logged in.
pub(super) struct Session {
    user: UserId,
    check: LoggedIn,
    /// Whether ZAP itself logs in.
    logs_in: bool,
}

impl Session {
    /// Logs in, if there is something to log in with and to check.
    pub(super) async fn open(
        zap: &ZapClient,
        settings: &Settings,
        origin: &Origin,
        scope: &Scope,
    ) -> Result<Option<Self>, Shortfall> {
        let Some(check) = settings.logged_in.clone() else { return Ok(None) };
        let context = scope.context();
        let method = match &settings.login {
            Some(login) => method(login, origin)?,
            None => AuthenticationMethod::Manual,
        };
        zap.authentication().set_method(context, &method).send().await?;
        match &check.sign {
            Sign::Shows(pattern) => zap.authentication().set_logged_in_indicator(context, pattern),
            Sign::Hides(pattern) => zap.authentication().set_logged_out_indicator(context, pattern),
        }
        .send()
        .await?;
        let url = within(origin, &check.url)?;
        zap.context().poll(scope.name(), &url, POLL_AFTER, PollUnits::Requests).send().await?;
        let user = zap.users().new_user(context, USER).send().await?;
        if let Some(Login { user: name, password, .. }) = &settings.login {
            zap.users().set_password(context, user, name, &password.0).send().await?;
        }
        zap.users().set_enabled(context, user, true).send().await?;
        let session = Self { user, check, logs_in: settings.login.is_some() };
        if session.logs_in {
            // Whether it worked, ZAP guesses from the answer of the login itself; the check sees it.
            zap.users().authenticate(context, user).send().await?;
        }
        Ok(Some(session))
    }

    /// The user as which ZAP has to ask, unless it is the header fields that log in.
    pub(super) fn user(&self) -> Option<UserId> {
        self.logs_in.then_some(self.user)
    }

    /// The same user, as the crawlers with a browser want it named.
    pub(super) fn user_name(&self) -> Option<&str> {
        self.logs_in.then_some(USER)
    }

    /// Whether the login holds, `when`.
    pub(super) async fn check(
        &self,
        zap: &ZapClient,
        scope: &Scope,
        when: &str,
    ) -> Result<Authentication, Shortfall> {
        match self.look(zap, scope).await? {
            Ok(()) => Ok(Authentication::Held),
            Err(why) => {
                let advice = "look at the login, and exclude what logs out";
                let detail = format!("not logged in {when}: {why} ({advice})");
                Err(Shortfall::new(Cause::AuthenticationFailed, detail))
            }
        }
    }

    /// Logs in anew if that is needed and ZAP can: so it did while it attacked.
    pub(super) async fn renew(&self, zap: &ZapClient, scope: &Scope) -> Result<(), ZapError> {
        if self.logs_in && self.look(zap, scope).await?.is_err() {
            zap.users().authenticate(scope.context(), self.user).send().await?;
        }
        Ok(())
    }

    /// Asks for the page that shows it; what speaks against being logged in, if anything does.
    async fn look(&self, zap: &ZapClient, scope: &Scope) -> Result<Result<(), String>, ZapError> {
        let seen = zap.users().poll(scope.context(), self.user).send().await?;
        Ok(match (&self.check.sign, seen.status()) {
            _ if !seen.successful => Err(self.check.to_string()),
            // What is no page does not show that one is logged out, and neither that one is not.
            (Sign::Hides(_), Some(200..=299)) | (Sign::Shows(_), _) => Ok(()),
            (Sign::Hides(_), status) => {
                let status = status.map_or_else(|| "nothing".to_owned(), |status| status.to_string());
                Err(format!("`{}` is no page, but {status}", self.check.url))
            }
        })
    }
}

fn method(login: &Login, origin: &Origin) -> Result<AuthenticationMethod, Shortfall> {
    Ok(match &login.method {
        LoginMethod::Basic { realm } => {
            let root = root(origin)?;
            AuthenticationMethod::Http {
                hostname: root.host_str().unwrap_or_default().to_owned(),
                port: root.port_or_known_default(),
                realm: realm.clone(),
            }
        }
        LoginMethod::Form { url, fields } => AuthenticationMethod::Form {
            login_url: within(origin, url)?,
            login_page_url: None,
            request_data: fields.0.clone(),
        },
        LoginMethod::Json { url, body } => AuthenticationMethod::Json {
            login_url: within(origin, url)?,
            login_page_url: None,
            request_data: body.0.clone(),
        },
    })
}

/// Says what to install, if that is what is wrong.
fn absent(what: &str, error: ZapError) -> Shortfall {
    match &error {
        ZapError::ComponentAbsent(_) => {
            Shortfall::new(Cause::EngineError, format!("{what} need an add-on of ZAP: {}", told(&error)))
        }
        _ => error.into(),
    }
}
