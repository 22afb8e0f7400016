//! The first administrator through a browser: whoever starts the gateway is shown an address with a token, which is
//! good for one thing, and for nothing once there is an administrator.

use crate::api::{NewPerson, NewSession};
use crate::gate::Gate;
use crate::seal::random_token;
use model::canonical::sha256_hex;
use model::{Kind, Problem, Role, Source};
use secrecy::SecretString;
use subtle::ConstantTimeEq;

/// The name under which the store keeps the token's hash.
const SETTING: &str = "setup_token_hash";

impl Gate {
    /// A new token for [`Gate::set_up`]; the one before is worth nothing any more. None once there is an
    /// administrator. Only the hash is kept.
    ///
    /// # Errors
    /// The store's.
    pub async fn offer_setup(&self) -> Result<Option<String>, Problem> {
        let token = random_token();
        let hash = sha256_hex(token.as_bytes());
        let offered = self
            .commit(move |tx| {
                if store::people::count_active_admins(tx)? > 0 {
                    return Ok(false);
                }
                store::settings::put(tx, SETTING, &hash)?;
                Ok(true)
            })
            .await?;
        Ok(offered.then_some(token))
    }

    /// Whether this token is good now.
    ///
    /// # Errors
    /// [`Kind::NotFound`] where it isn't.
    pub async fn check_setup(&self, token: &str) -> Result<(), Problem> {
        let hash = sha256_hex(token.as_bytes());
        let is_good = self
            .look(move |tx| {
                let kept = store::settings::get(tx, SETTING)?.unwrap_or_default();
                let matches = bool::from(kept.as_bytes().ct_eq(hash.as_bytes()));
                Ok(matches && store::people::count_active_admins(tx)? == 0)
            })
            .await?;
        if is_good {
            return Ok(());
        }
        Err(Problem::new(Kind::NotFound, "this address was for setting up once, and is not good any more")
            .hint("sign in; where there is no administrator yet, start the gateway again and use the address it prints"))
    }

    /// Makes the first administrator, and signs that person in.
    ///
    /// # Errors
    /// [`Kind::NotFound`] for a token that is not good; a name or a password that can't be one.
    pub async fn set_up(
        &self,
        token: &str,
        name: &str,
        password: SecretString,
        source: Source,
    ) -> Result<NewSession, Problem> {
        self.check_setup(token).await?;
        let admin = NewPerson { name: name.to_owned(), role: Role::Admin, password: password.clone() };
        self.first_administrator(admin, source.clone()).await?;
        self.sign_in(name, password, source).await
    }
}
