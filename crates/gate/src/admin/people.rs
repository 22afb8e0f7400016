//! People: who signs in, and what each may do. There is always somebody left who can administer.

use super::roles::need;
use super::{identity, input, passwords};
use crate::api::{NewPerson, PersonView, Requester};
use crate::gate::{Gate, Refused, new_id};
use crate::record::Line;
use model::{CallerId, Kind, Problem, Role, Source};
use store::people::Person;
use store::{Topic, Tx};

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        let Person { id, name, role, created_at, disabled_at, .. } = person;
        Self { id, name, role, created_at, disabled_at }
    }
}

impl Gate {
    /// Everybody who has an account, by name.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys.
    pub async fn people(&self, who: &Requester) -> Result<Vec<PersonView>, Problem> {
        need(who, Role::Viewer)?;
        let people = self.look(store::people::list).await?;
        Ok(people.into_iter().map(PersonView::from).collect())
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`Kind::Conflict`] for a name that somebody has, in any case.
    pub async fn add_person(&self, who: &Requester, new: NewPerson) -> Result<PersonView, Problem> {
        need(who, Role::Admin)?;
        let person = self.new_person(new).await?;
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
        let person = self.new_person(new).await?;
        let line = added(&person).by(&identity::operator(source));
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
        need(who, Role::Admin)?;
        let (now, wanted, by) = (self.now(), id_or_name.to_owned(), who.clone());
        self.commit(move |tx| {
            let found = match store::people::get(tx, &CallerId::new(&wanted))? {
                Some(person) => Some(person),
                None => store::people::by_name(tx, &wanted)?,
            };
            let person = found.ok_or_else(|| {
                Problem::new(Kind::NotFound, format!("nobody is called `{wanted}`"))
                    .hint("`ncgate user list` lists them")
            })?;
            if person.disabled_at.is_some() {
                return Ok(());
            }
            store::people::set_disabled(tx, &person.id, Some(now))?;
            if person.role == Role::Admin && store::people::count_active_admins(tx)? == 0 {
                return Err(Problem::new(Kind::Conflict, "the last administrator can't be disabled")
                    .hint("add another administrator first")
                    .into());
            }
            let sessions = store::sessions::end_all(tx, &person.id, now)?;
            Line::new(None, "person.disabled", now)
                .by(&by)
                .with("person", &person.id)
                .with("person_name", &person.name)
                .with("sessions_ended", sessions)
                .append(tx)?;
            tx.announce(Topic::Person, &person.id, None);
            Ok(())
        })
        .await?;
        self.inner.known_keys.forget();
        Ok(())
    }

    async fn new_person(&self, new: NewPerson) -> Result<Person, Problem> {
        let name = input::name("name", &new.name)?;
        Ok(Person {
            id: CallerId::new(new_id()),
            name,
            role: new.role,
            password_hash: passwords::hash(new.password).await?,
            created_at: self.now(),
            disabled_at: None,
            failures: 0,
            locked_until: None,
        })
    }
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
