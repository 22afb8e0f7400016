//! People: who signs in, and what each may do. There is always somebody left who can administer.

use super::roles::need;
use super::{identity, input, passwords};
use crate::api::{NewPerson, PersonChange, PersonView, Requester};
use crate::gate::{Gate, Refused, new_id};
use crate::record::Line;
use model::{CallerId, Kind, Problem, Role, Source};
use serde_json::json;
use store::people::Person;
use store::{Topic, Tx};

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        let Person { id, name, role, created_at, created_by, disabled_at, .. } = person;
        Self { id, name, role, created_at, created_by, disabled_at, locked_until: None }
    }
}

impl Gate {
    /// Everybody who has an account, by name.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys.
    pub async fn people(&self, who: &Requester) -> Result<Vec<PersonView>, Problem> {
        need(who, Role::Viewer)?;
        let (gate, now) = (self.clone(), self.now());
        self.look(move |tx| {
            let people = store::people::list(tx)?;
            let views = people.into_iter().map(|person| {
                let locked_until = gate.locked_until(tx, &person.name)?.filter(|until| now < *until);
                Ok(PersonView { locked_until, ..person.into() })
            });
            views.collect()
        })
        .await
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`Kind::Conflict`] for a name that somebody has, in any case.
    pub async fn add_person(&self, who: &Requester, new: NewPerson) -> Result<PersonView, Problem> {
        need(who, Role::Admin)?;
        let person = self.new_person(who, new).await?;
        let line = added(&person).by(who);
        self.commit(move |tx| {
            insert(tx, &person, &line)?;
            Ok(person.clone().into())
        })
        .await
    }

    /// Makes the first administrator, while there is none.
    ///
    /// # Errors
    /// [`Kind::Unauthenticated`] once there is one.
    pub async fn first_administrator(&self, new: NewPerson, source: Source) -> Result<PersonView, Problem> {
        if new.role != Role::Admin {
            return Err(input::invalid("the first person has to be an administrator")
                .hint("give the role admin; an administrator can add others"));
        }
        let operator = identity::operator(source);
        let person = self.new_person(&operator, new).await?;
        let line = added(&person).by(&operator);
        self.commit(move |tx| {
            if store::people::count_active_admins(tx)? > 0 {
                return Err(Problem::new(Kind::Unauthenticated, "there is an administrator already")
                    .hint("sign in as an administrator to add people")
                    .into());
            }
            insert(tx, &person, &line)?;
            Ok(person.clone().into())
        })
        .await
    }

    /// Disables an account, and ends its sessions; its keys stop working with it. An account that is disabled
    /// already stays so.
    ///
    /// # Errors
    /// [`Kind::Conflict`] for the last administrator.
    pub async fn disable_person(&self, who: &Requester, id_or_name: &str) -> Result<(), Problem> {
        let change = PersonChange { disabled: Some(true), role: None };
        self.change_person(who, id_or_name, change).await.map(|_| ())
    }

    /// Gives another role, disables or enables an account. It holds at once, for sessions that are open and for
    /// keys that the person owns.
    ///
    /// # Errors
    /// [`Kind::Conflict`] where no administrator would be left; [`Kind::NotFound`].
    pub async fn change_person(
        &self,
        who: &Requester,
        id_or_name: &str,
        change: PersonChange,
    ) -> Result<PersonView, Problem> {
        need(who, Role::Admin)?;
        let (now, wanted, by) = (self.now(), id_or_name.to_owned(), who.clone());
        let changed = self
            .commit(move |tx| {
                let before = find(tx, &wanted)?;
                let line = |event| {
                    Line::new(None, event, now)
                        .by(&by)
                        .with("person", &before.id)
                        .with("person_name", &before.name)
                };
                if let Some(role) = change.role.filter(|role| *role != before.role) {
                    store::people::set_role(tx, &before.id, role)?;
                    line("person.role_changed")
                        .with("role", json!({ "from": before.role, "to": role }))
                        .append(tx)?;
                }
                match change.disabled {
                    Some(true) if before.disabled_at.is_none() => {
                        store::people::set_disabled(tx, &before.id, Some(now))?;
                        let sessions = store::sessions::end_all(tx, &before.id, now)?;
                        line("person.disabled").with("sessions_ended", sessions).append(tx)?;
                    }
                    Some(false) if before.disabled_at.is_some() => {
                        store::people::set_disabled(tx, &before.id, None)?;
                        line("person.enabled").append(tx)?;
                    }
                    _ => {}
                }
                let after = find(tx, before.id.as_str())?;
                let was_one = before.role == Role::Admin && before.disabled_at.is_none();
                if was_one && store::people::count_active_admins(tx)? == 0 {
                    return Err(Problem::new(
                        Kind::Conflict,
                        "the last administrator can't be disabled or given another role",
                    )
                    .hint("add another administrator first")
                    .into());
                }
                if after != before {
                    tx.announce(Topic::Person, &after.id, None);
                }
                Ok(PersonView::from(after))
            })
            .await?;
        self.inner.known_keys.forget();
        Ok(changed)
    }

    async fn new_person(&self, by: &Requester, new: NewPerson) -> Result<Person, Problem> {
        let name = input::name("name", &new.name)?;
        Ok(Person {
            id: CallerId::new(new_id()),
            name,
            role: new.role,
            password_hash: passwords::hash(new.password).await?,
            created_at: self.now(),
            created_by: Some(by.caller.name.clone()),
            disabled_at: None,
        })
    }
}

/// The person of this id or name.
pub(super) fn find(tx: &mut Tx<'_>, wanted: &str) -> Result<Person, Refused> {
    let found = match store::people::get(tx, &CallerId::new(wanted))? {
        Some(person) => Some(person),
        None => store::people::by_name(tx, wanted)?,
    };
    let shown = || model::text::shorten(&model::text::clean(wanted, false), 80);
    Ok(found.ok_or_else(|| {
        Problem::new(Kind::NotFound, format!("nobody is called `{}`", shown()))
            .hint("`ncgate user list` lists them")
    })?)
}

fn added(person: &Person) -> Line {
    Line::new(None, "person.added", person.created_at)
        .with("person", &person.id)
        .with("person_name", &person.name)
        .with("person_role", person.role)
}

fn insert(tx: &mut Tx<'_>, person: &Person, line: &Line) -> Result<(), Refused> {
    match store::people::insert(tx, person) {
        Err(store::Error::Unique { .. }) => {
            return Err(Problem::new(
                Kind::Conflict,
                format!("somebody is called `{}` already", person.name),
            )
            .into());
        }
        inserted => inserted?,
    }
    line.append(tx)?;
    tx.announce(Topic::Person, &person.id, None);
    Ok(())
}
