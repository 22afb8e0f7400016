//! The N-central account behind a connection: whether it is fit for the work, whether it may do more than it should,
//! and how long its password lasts.

use super::{counted, failed, ok, warning};
use crate::api::Finding;
use crate::gate::Gate;
use crate::registry::Live;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Timestamp;
use ncentral::{Params, operations};
use secrecy::ExposeSecret;
use serde_json::Value;

/// A day, in seconds.
const DAY: i64 = 24 * 3600;

/// How long a password lasts by default, in days (contract/NOTES, section 2).
const PASSWORD_DAYS: i64 = 90;

/// With so many days left somebody should know.
const SOON: i64 = 14;

impl Gate {
    /// What the server tells of the account: from 2026.3, and only with the permission USERS_VIEW.
    pub(super) async fn examine_account(&self, check: &str, live: &Live) -> Vec<Finding> {
        let check = format!("{check}: account");
        let Ok(reply) = live.client.call(operations::GET_CURRENT_USER, Params::new(), None).await else {
            return vec![ok(
                &check,
                "the server does not tell which account this is; it takes N-central 2026.3 and the permission USERS_VIEW",
            )];
        };
        let account = reply.data();
        let is = |member: &str| account[member].as_bool() == Some(true);
        let name = account["username"].as_str().map_or_else(
            || "the account".to_owned(),
            |name| model::text::shorten(&model::text::clean(name, false), 200),
        );
        let mut findings = Vec::new();
        for (member, what, hint) in [
            ("isLocked", "is locked", "unlock it in N-central"),
            ("isPasswordExpired", "has an expired password", EXPIRED),
            ("isPasswordResetRequired", "has to get a new password", EXPIRED),
        ] {
            if is(member) {
                findings.push(failed(&check, format!("{name} {what}"), hint));
            }
        }
        if account["isEnabled"].as_bool() == Some(false) {
            findings.push(failed(&check, format!("{name} is disabled"), "enable it in N-central"));
        }
        if account["twoFactorType"].as_str().is_some_and(|kind| !kind.is_empty() && kind != "NONE") {
            findings.push(warning(
                &check,
                format!("{name} has two-factor sign-in, so no new JWT can be made for it without its device"),
                "use an API-only user of its own, with two-factor sign-in off",
            ));
        }
        if account["generation"].as_i64() == Some(0) {
            findings.push(warning(
                &check,
                format!("{name} belongs to the whole system, so it reaches every service organization"),
                "make the API user in the service organization that it shall work for",
            ));
        }
        findings.extend(self.examine_roles(&check, live, &name, account).await);
        if findings.is_empty() {
            findings.push(ok(&check, format!("signed in as {name}")));
        }
        findings
    }

    /// Whether the account has one of N-central's own roles of administrators. Which roles an account has, the
    /// server tells only in the list of roles.
    async fn examine_roles(&self, check: &str, live: &Live, name: &str, account: &Value) -> Option<Finding> {
        let unit = account["customerId"].as_i64()?;
        let params = Params::new().set("orgUnitId", unit);
        let reply = live.client.call(operations::LIST_USER_ROLES, params, None).await.ok()?;
        let roles = reply.data().as_array()?.clone();
        let role = roles.iter().find(|role| {
            let extra = &role["_extra"];
            let has = extra["usernames"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
            let all =
                role["roleName"].as_str().is_some_and(|role| role.to_lowercase().contains("administrator"));
            has && all
        })?;
        let role = model::text::clean(role["roleName"].as_str().unwrap_or_default(), false);
        Some(warning(
            check,
            format!("{name} has the role {role}, which may do everything"),
            "give it a role with no more than the tools need; docs/tools.md lists what each one calls",
        ))
    }

    /// How long the JWT lasts: as it says itself, else as long as a password of N-central at most does.
    pub(super) async fn examine_jwt(&self, check: &str, live: &Live) -> Option<Finding> {
        if !live.stored {
            return None;
        }
        let check = format!("{check}: password");
        let id = live.connection.id.clone();
        let given = self.look(move |tx| store::connections::jwt_at(tx, &id)).await.ok()?;
        let jwt = self.kept_jwt(&live.connection.id).await.ok()?;
        let now = self.now();
        let (left, message) = match (expiry(jwt.expose_secret()), given) {
            (Some(end), _) => until(end, now),
            (None, Some(given)) => since(given, now),
            (None, None) => {
                return Some(ok(
                    &check,
                    "since when this JWT is in use is not known; a password of N-central lasts 90 days by default",
                ));
            }
        };
        Some(if left > SOON { ok(&check, message) } else { warning(&check, message, RENEW) })
    }
}

/// Days that a JWT has left which names its end, and that in words.
fn until(end: Timestamp, now: Timestamp) -> (i64, String) {
    let left = end.duration_since(now).as_secs().div_euclid(DAY);
    let message = match left {
        ..0 => format!("the JWT says of itself that it ended at {end}"),
        0 => format!("the JWT says of itself that it ends at {end}: less than a day is left"),
        _ => format!("the JWT says of itself that it ends at {end}: {}", days_left(left)),
    };
    (left, message)
}

/// The same of one that does not: it is as old as that at least, and so is the password.
fn since(given: Timestamp, now: Timestamp) -> (i64, String) {
    let age = now.duration_since(given).as_secs() / DAY;
    let left = PASSWORD_DAYS - age;
    let given = match age {
        0 => "today".to_owned(),
        age => format!("{} ago", counted(age, "day", "days")),
    };
    let rule = "N-central's default of 90 days for a password";
    let message = match left {
        1.. => format!("the JWT was given {given}; with {rule}, at most {}", days_left(left)),
        _ => format!("the JWT was given {given}, longer than {rule}"),
    };
    (left, message)
}

fn days_left(days: i64) -> String {
    counted(days, "day is left", "days are left")
}

const EXPIRED: &str = "set its password anew, generate a new JWT and reconnect; a service account's password can be exempt from expiry";

const RENEW: &str = "when the password of the API user expires, its JWT ends: renew the password in time, generate a new JWT and \
     reconnect; reconnecting keeps the policies";

/// When a JWT ends, where it says so. Its signature is N-central's business.
fn expiry(jwt: &str) -> Option<Timestamp> {
    let payload = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    Timestamp::from_second(claims.get("exp")?.as_i64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_as_people_say_them() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let told = |seconds: i64| until(Timestamp::from_second(1_800_000_000 + seconds).unwrap(), now).1;
        for (seconds, words) in [
            (-1, "that it ended at 2027-"),
            (DAY - 1, "less than a day is left"),
            (DAY, ": 1 day is left"),
            (2 * DAY, ": 2 days are left"),
        ] {
            assert!(told(seconds).contains(words), "{}", told(seconds));
        }
        assert_eq!(until(now, now).0, 0);
    }

    #[test]
    fn a_jwt_that_names_its_end_is_believed() {
        let jwt = |payload: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload));
        assert_eq!(expiry(&jwt(r#"{"exp":1800000000}"#)), Timestamp::from_second(1_800_000_000).ok());
        assert_eq!(expiry(&jwt(r#"{"sub":"ana"}"#)), None);
        assert_eq!(expiry("no jwt"), None);
    }
}
