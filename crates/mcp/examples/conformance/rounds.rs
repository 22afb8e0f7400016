//! Requests that take several rounds: the answer asks the client for something, and the client sends the request
//! again with what was asked for. What has to be remembered in between travels sealed and bound to the request.

use rmcp::ErrorData;
use rmcp::model::{
    ClientCapabilities, InputRequests, InputRequiredResult, InputResponses, RequestStateCodec, SealOptions,
};
use serde_json::{Map, Value, json};

/// Something that is asked of the client.
enum Input {
    /// A form of one field, and the JSON type of that.
    Form { message: &'static str, field: &'static str, kind: &'static str },
    /// A few words of the client's model.
    Sample { prompt: &'static str, max_tokens: u32 },
    /// The client's roots.
    Roots,
}
use Input::{Form, Roots, Sample};

const NAME: Input = Form { message: "What is your name?", field: "name", kind: "string" };
const CONFIRM: Input = Form { message: "Please confirm", field: "ok", kind: "boolean" };

/// What one round asks for, each under a key of its own.
type Round = &'static [(&'static str, Input)];

/// One request, its rounds, and whether it remembers between them.
struct Dialogue {
    name: &'static str,
    rounds: &'static [Round],
    sealed: bool,
}

const DIALOGUES: &[Dialogue] = &[
    Dialogue {
        name: "test_input_required_result_capabilities",
        rounds: &[&[
            ("user_name", NAME),
            ("greeting", Sample { prompt: "Generate a greeting", max_tokens: 50 }),
        ]],
        sealed: false,
    },
    Dialogue {
        name: "test_input_required_result_elicitation",
        rounds: &[&[("user_name", NAME)]],
        sealed: false,
    },
    Dialogue {
        name: "test_input_required_result_list_roots",
        rounds: &[&[("client_roots", Roots)]],
        sealed: false,
    },
    Dialogue {
        name: "test_input_required_result_multi_round",
        rounds: &[
            &[("step1", Form { message: "Step 1: What is your name?", field: "name", kind: "string" })],
            &[(
                "step2",
                Form { message: "Step 2: What is your favorite color?", field: "color", kind: "string" },
            )],
        ],
        sealed: true,
    },
    Dialogue {
        name: "test_input_required_result_multiple_inputs",
        rounds: &[&[
            ("user_name", NAME),
            ("greeting", Sample { prompt: "Generate a greeting", max_tokens: 50 }),
            ("client_roots", Roots),
        ]],
        sealed: true,
    },
    Dialogue {
        name: crate::prompts::ASKING,
        rounds: &[&[(
            "user_context",
            Form { message: "What context should the prompt use?", field: "context", kind: "string" },
        )]],
        sealed: false,
    },
    Dialogue {
        name: "test_input_required_result_request_state",
        rounds: &[&[("confirm", CONFIRM)]],
        sealed: true,
    },
    Dialogue {
        name: "test_input_required_result_sampling",
        rounds: &[&[(
            "capital_question",
            Sample { prompt: "What is the capital of France?", max_tokens: 100 },
        )]],
        sealed: false,
    },
    Dialogue {
        name: "test_input_required_result_tampered_state",
        rounds: &[&[("confirm", CONFIRM)]],
        sealed: true,
    },
    Dialogue {
        name: "test_missing_capability",
        rounds: &[&[("words", Sample { prompt: "Say something", max_tokens: 50 })]],
        sealed: false,
    },
    Dialogue { name: "test_streaming_elicitation", rounds: &[&[("user_name", NAME)]], sealed: false },
];

/// What a client sent along with a request that it sends again.
pub(crate) struct Returned {
    pub(crate) responses: InputResponses,
    pub(crate) state: Option<String>,
    /// What the client can do, as this very request says.
    pub(crate) capabilities: ClientCapabilities,
}

/// How a round ends.
pub(crate) enum Turn {
    /// Something is still to be asked for.
    Ask(InputRequiredResult),
    /// All is known; what to say.
    Done(String),
}

/// Takes the request one round further; none where it is not one of several rounds.
pub(crate) fn turn(
    codec: &RequestStateCodec,
    name: &str,
    returned: Returned,
) -> Option<Result<Turn, ErrorData>> {
    let dialogue = DIALOGUES.iter().find(|dialogue| dialogue.name == name)?;
    Some(dialogue.turn(codec, &returned))
}

impl Dialogue {
    fn turn(&self, codec: &RequestStateCodec, returned: &Returned) -> Result<Turn, ErrorData> {
        let asked = match (&returned.state, self.sealed) {
            (None, true) => return self.ask(codec, 0, returned),
            (Some(state), true) => self.open(codec, state)?,
            (_, false) => 0,
        };
        let answered = |(key, input): &&(&str, Input)| {
            returned.responses.get(*key).is_some_and(|response| input.accepts(response))
        };
        if !self.wanted(asked, returned)?.iter().all(answered) {
            return self.ask(codec, asked, returned);
        }
        if asked + 1 < self.rounds.len() {
            return self.ask(codec, asked + 1, returned);
        }
        let responses = json!(returned.responses);
        let remembered = if self.sealed { "state-ok: " } else { "" };
        Ok(Turn::Done(format!("{remembered}{responses}")))
    }

    fn ask(&self, codec: &RequestStateCodec, round: usize, returned: &Returned) -> Result<Turn, ErrorData> {
        let wanted = self.wanted(round, returned)?;
        let requests: InputRequests =
            wanted.iter().map(|(key, input)| ((*key).to_owned(), input.request())).collect();
        let state = self.sealed.then(|| {
            let round = u8::try_from(round).expect("few rounds");
            codec.seal_with(&[round], &SealOptions::new().associated_data(self.bound()))
        });
        Ok(Turn::Ask(InputRequiredResult::new(Some(requests), state)))
    }

    /// What this round wants and the client can give; where that is nothing, the client has to be another one.
    fn wanted(&self, round: usize, returned: &Returned) -> Result<Vec<&(&str, Input)>, ErrorData> {
        let inputs = self.rounds[round];
        let wanted: Vec<_> =
            inputs.iter().filter(|(_, input)| input.is_possible(&returned.capabilities)).collect();
        if wanted.is_empty() {
            let needed: Map<_, _> =
                inputs.iter().map(|(_, input)| (input.capability().to_owned(), json!({}))).collect();
            return Err(ErrorData::missing_required_client_capability(read(needed.into())));
        }
        Ok(wanted)
    }

    fn open(&self, codec: &RequestStateCodec, state: &str) -> Result<usize, ErrorData> {
        let opened = codec.open_with(state, self.bound());
        let round = opened.ok().and_then(|payload| payload.first().map(|round| usize::from(*round)));
        round
            .filter(|round| *round < self.rounds.len())
            .ok_or_else(|| ErrorData::invalid_params("requestState is not what was handed out", None))
    }

    /// What the seal is bound to, so that the state of one request says nothing to another.
    fn bound(&self) -> &[u8] {
        self.name.as_bytes()
    }
}

impl Input {
    fn request(&self) -> rmcp::model::InputRequest {
        read(match self {
            Form { message, field, kind } => json!({
                "method": "elicitation/create",
                "params": {
                    "message": message,
                    "requestedSchema": {
                        "type": "object",
                        "properties": {*field: {"type": kind}},
                        "required": [field],
                    },
                },
            }),
            Sample { prompt, max_tokens } => json!({
                "method": "sampling/createMessage",
                "params": {
                    "messages": [{"role": "user", "content": {"type": "text", "text": prompt}}],
                    "maxTokens": max_tokens,
                },
            }),
            Roots => json!({"method": "roots/list", "params": {}}),
        })
    }

    /// The member of the client's capabilities that allows to ask for it.
    fn capability(&self) -> &'static str {
        match self {
            Form { .. } => "elicitation",
            Sample { .. } => "sampling",
            Roots => "roots",
        }
    }

    fn is_possible(&self, capabilities: &ClientCapabilities) -> bool {
        json!(capabilities).get(self.capability()).is_some()
    }

    /// Whether a response has the shape that was asked for. A form may also be declined.
    fn accepts(&self, response: &Value) -> bool {
        match self {
            Form { field, kind, .. } => match response["action"].as_str() {
                Some("accept") => {
                    let value = &response["content"][field];
                    if *kind == "boolean" { value.is_boolean() } else { value.is_string() }
                }
                Some("decline" | "cancel") => true,
                _ => false,
            },
            Sample { .. } => response["content"].is_object() || response["content"].is_array(),
            Roots => response["roots"].is_array(),
        }
    }
}

/// A value of the SDK, written as the protocol writes it.
fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("written in the protocol's shape")
}
