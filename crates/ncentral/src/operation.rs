//! What one operation of the contract is.
//!
//! The contract file describes 105 operations; code generation turns each into one [`Operation`], so that nothing
//! about a route (its parameters, its envelope, its in-flight limit, its effect) is written down twice.

use crate::params::Params;

use std::fmt;

/// What calling an operation does, reviewed by hand for each operation because the verb doesn't tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Looks something up.
    Read,
    /// Looks something up and answers, or is asked with, a credential.
    SensitiveRead,
    /// Changes something in N-central.
    Change,
    /// Executes something on a device.
    Run,
}

impl Effect {
    /// The effect's name as it is written in settings and answers, for example `sensitive_read`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::SensitiveRead => "sensitive_read",
            Self::Change => "change",
            Self::Run => "run",
        }
    }

    /// Whether sending the request twice could do something twice. Only such requests are never repeated after
    /// they may have arrived.
    pub fn is_write(self) -> bool {
        matches!(self, Self::Change | Self::Run)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The shape of a success body (`x-envelope` in the contract; NOTES, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Envelope {
    /// `data` with rows and the paging members.
    Page,
    /// `data` with rows, all of them.
    List,
    /// An object under `data`.
    Data,
    /// The object itself.
    Bare,
    /// A bare array.
    Array,
    /// `_links` and nothing else.
    Links,
    /// No body.
    Empty,
    /// A report's id, state and, once completed, its data.
    Report,
    /// `status`, `message` and an object under `data`.
    StatusMessageData,
    /// `message` and an object under `data`.
    MessageData,
}

/// An HTTP method that the contract uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Method> for http::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Patch => Self::PATCH,
            Method::Delete => Self::DELETE,
        }
    }
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In a segment of the path.
    Path,
    /// In the query.
    Query,
    /// In a header. Only the expiry overrides of the token operations are.
    Header,
}

/// One parameter of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name on the wire, for example `pageNumber`.
    pub name: &'static str,
    /// Where it travels.
    pub place: Place,
    /// Whether a request without it is refused before it is sent.
    pub required: bool,
}

/// One operation of the contract.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// The contract's `operationId`, for example `listDevices`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path template, for example `/api/devices/{deviceId}`.
    pub path: &'static str,
    /// Every parameter, in the contract's order.
    pub parameters: &'static [Parameter],
    /// Whether it takes `pageNumber` and `pageSize`.
    pub paged: bool,
    /// The shape of its success body.
    pub envelope: Envelope,
    /// The name under which calls in flight are counted. Operations that share a limit share the class.
    pub class: &'static str,
    /// The published number of calls in flight, where there is one (NOTES, section 4).
    pub limit: Option<u16>,
    /// What calling it does.
    pub effect: Effect,
    /// Whether a caller may name it by its path; false for what hands out or ends tokens.
    pub raw: bool,
    /// Whether it needs an access token.
    pub secured: bool,
    /// Whether it takes a body.
    pub body: bool,
    /// Whether the vendor marks it PREVIEW.
    pub preview: bool,
    /// The first generation of the contract in which it was seen, for example `2026.3`.
    pub since: &'static str,
    /// The N-central permission it needs, where the contract names one.
    pub permission: Option<&'static str>,
    /// One line of the contract about it.
    pub summary: &'static str,
}

impl Operation {
    /// Whether `path` is an instance of the template: same segments, compared with case, each placeholder filled
    /// by exactly one segment that isn't empty.
    pub fn matches(&self, path: &str) -> bool {
        let mut asked = path.split('/');
        for part in self.path.split('/') {
            match asked.next() {
                Some(segment) if part.starts_with('{') => {
                    if segment.is_empty() {
                        return false;
                    }
                }
                Some(segment) if segment == part => {}
                _ => return false,
            }
        }
        asked.next().is_none()
    }

    /// The path parameters that make this path of the template; `None` where it is no instance of it.
    ///
    /// ```
    /// let params = ncentral::operations::GET_DEVICE.params_of("/api/devices/5").expect("it fits");
    /// assert_eq!(params.get("deviceId"), Some("5"));
    /// assert_eq!(ncentral::operations::GET_DEVICE.params_of("/api/devices/5/assets"), None);
    /// ```
    pub fn params_of(&self, path: &str) -> Option<Params> {
        let pairs = self.path.split('/').zip(path.split('/'));
        let named =
            pairs.filter_map(|(part, segment)| Some((part.strip_prefix('{')?.strip_suffix('}')?, segment)));
        self.matches(path).then(|| {
            named.fold(Params::new(), |params, (name, segment)| params.set(name.to_owned(), segment))
        })
    }

    /// How many segments of the template are fixed. The more, the more specific.
    pub(crate) fn fixed_segments(&self) -> usize {
        self.path.split('/').filter(|part| !part.starts_with('{')).count()
    }
}
