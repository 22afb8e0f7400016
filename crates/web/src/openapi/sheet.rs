//! What one route says of itself. A handler's own signature tells it: what it takes from the request, what it
//! answers, and with which refusals its extractors may answer first. So the document can't name another body than
//! the one that is read, and a route whose types have no schema does not compile.

use super::schemas::Schemas;
use http::StatusCode;
use model::Kind;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The kinds that a refusal of some status may have.
pub(crate) type Refusals = BTreeMap<u16, BTreeSet<&'static str>>;

/// One route's page of the document, while it is written.
pub(crate) struct Sheet<'a> {
    pub(crate) schemas: &'a mut Schemas,
    pub(crate) parameters: Vec<Value>,
    pub(crate) body: Option<Value>,
    /// Answers of success by status.
    pub(crate) answers: BTreeMap<u16, Value>,
    pub(crate) refusals: Refusals,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(schemas: &'a mut Schemas) -> Self {
        Self {
            schemas,
            parameters: Vec::new(),
            body: None,
            answers: BTreeMap::new(),
            refusals: Refusals::new(),
        }
    }

    /// Refusals of these kinds, each with the status that its kind has.
    pub(crate) fn refuses(&mut self, kinds: &[Kind]) {
        kinds.iter().for_each(|kind| self.refuses_as(kind.http_status(), &[*kind]));
    }

    /// Refusals of these kinds with a status of their own.
    pub(crate) fn refuses_as(&mut self, status: u16, kinds: &[Kind]) {
        self.refusals.entry(status).or_default().extend(kinds.iter().map(|kind| kind.as_str()));
    }

    /// A body of JSON; refused where it can't be read.
    pub(crate) fn takes(&mut self, schema: Value, required: bool) {
        self.body =
            Some(json!({ "required": required, "content": { "application/json": { "schema": schema } } }));
        self.refuses(&[Kind::BadRequest, Kind::TooLarge, Kind::InvalidArguments]);
        for status in [StatusCode::REQUEST_TIMEOUT, StatusCode::UNSUPPORTED_MEDIA_TYPE] {
            self.refuses_as(status.as_u16(), &[Kind::BadRequest]);
        }
    }

    /// A header of the request.
    pub(crate) fn header(&mut self, name: &str, schema: Value, description: &str) {
        self.parameters.push(json!({
            "name": name, "in": "header", "required": false, "schema": schema, "description": description,
        }));
    }

    /// A success without a body.
    pub(crate) fn answers_nothing(&mut self, status: StatusCode) {
        self.answers.insert(status.as_u16(), json!({ "description": status.canonical_reason() }));
    }

    /// A success with JSON.
    pub(crate) fn answers(&mut self, status: StatusCode, schema: Value) {
        self.answers_as(status, "application/json", schema);
    }

    /// A success of some media type.
    pub(crate) fn answers_as(&mut self, status: StatusCode, media_type: &str, schema: Value) {
        let answer = self
            .answers
            .entry(status.as_u16())
            .or_insert_with(|| json!({ "description": status.canonical_reason(), "content": {} }));
        answer["content"][media_type] = json!({ "schema": schema });
    }

    /// A header of the answers of success.
    pub(crate) fn answers_header(&mut self, status: StatusCode, name: &str, description: &str) {
        if let Some(answer) = self.answers.get_mut(&status.as_u16()) {
            let headers = answer
                .as_object_mut()
                .expect("an answer was made as an object")
                .entry("headers")
                .or_insert_with(|| Value::Object(Map::new()));
            headers[name] = json!({ "schema": { "type": "string" }, "description": description });
        }
    }
}

/// What a handler takes from a request.
pub(crate) trait Taken {
    /// Says so.
    fn describe(sheet: &mut Sheet<'_>);
}

/// What a handler answers.
pub(crate) trait Given {
    /// Says so.
    fn describe(sheet: &mut Sheet<'_>);
}

impl<T: Given, E> Given for Result<T, E> {
    fn describe(sheet: &mut Sheet<'_>) {
        T::describe(sheet);
    }
}

impl<S> Taken for axum::extract::State<S> {
    fn describe(_: &mut Sheet<'_>) {}
}

/// A handler that says what it takes and gives. `T` is what axum calls its handlers' arguments.
pub(crate) trait Documented<T> {
    /// Says so.
    fn describe(sheet: &mut Sheet<'_>);
}

macro_rules! documented {
    ($($taken:ident)*) => {
        impl<F, Answer, M, $($taken),*> Documented<(M, $($taken,)*)> for F
        where
            F: FnOnce($($taken),*) -> Answer,
            Answer: Future<Output: Given>,
            $($taken: Taken,)*
        {
            fn describe(sheet: &mut Sheet<'_>) {
                $($taken::describe(sheet);)*
                Answer::Output::describe(sheet);
            }
        }
    };
}

documented!();
documented!(A);
documented!(A B);
documented!(A B C);
documented!(A B C D);
documented!(A B C D E);
documented!(A B C D E G);
documented!(A B C D E G H);
documented!(A B C D E G H I);
