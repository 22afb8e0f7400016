//! The handler in front of the product's: it answers what only the suite has, and hands on everything else.
#![expect(deprecated, reason = "the suite still asks the older revision for logging and subscriptions")]

use crate::rounds::{self, Returned, Turn};
use crate::{material, prompts};
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams, CompleteResult,
    ContentBlock, CustomRequest, CustomResult, DiscoverResult, GetPromptRequestParams, GetPromptResponse,
    GetPromptResult, InputResponses, JsonObject, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, LoggingLevel, LoggingMessageNotificationParam,
    PaginatedRequestParams, PromptMessage, PromptsCapability, ProtocolVersion, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, RequestStateCodec, ResourcesCapability, Role,
    ServerCapabilities, ServerConfig, SetLevelRequestMethod, SetLevelRequestParams, SubscribeRequestParams,
    UnsubscribeRequestParams,
};
use rmcp::service::{RequestContext, RoleServer};
use std::borrow::Cow;
use std::time::Duration;

type Context = RequestContext<RoleServer>;
type Page = Option<PaginatedRequestParams>;

/// Stands in front of the product's handler.
#[derive(Clone)]
pub(crate) struct Fixture<H> {
    house: H,
    codec: RequestStateCodec,
}

impl<H: ServerHandler> Fixture<H> {
    pub(crate) fn new(house: H) -> Self {
        // Guards nothing but the suite's own words.
        Self { house, codec: RequestStateCodec::new(*b"the key of a fixture is no secret") }
    }

    /// What the product declares, and what only the suite has.
    fn capabilities(declared: ServerCapabilities) -> ServerCapabilities {
        let mut capabilities = declared;
        capabilities.completions = Some(JsonObject::new());
        capabilities.prompts = Some(PromptsCapability::default());
        capabilities.resources = Some(ResourcesCapability::default());
        capabilities.logging = Some(JsonObject::new());
        capabilities
    }

    fn turn(
        &self,
        name: &str,
        responses: Option<InputResponses>,
        state: Option<String>,
        context: &Context,
    ) -> Option<Result<Turn, ErrorData>> {
        let capabilities = context.client_capabilities().unwrap_or_default();
        let returned = Returned { responses: responses.unwrap_or_default(), state, capabilities };
        rounds::turn(&self.codec, name, returned)
    }
}

impl<H: ServerHandler> ServerHandler for Fixture<H> {
    fn get_info(&self) -> ServerConfig {
        let mut info = self.house.get_info();
        info.capabilities = Self::capabilities(info.capabilities);
        // A request of its own with a hand-shake; later a stream, which the product does not open.
        let mut resources = ResourcesCapability::default();
        resources.subscribe = Some(true);
        info.capabilities.resources = Some(resources);
        info
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.house.supported_protocol_versions()
    }

    async fn discover(&self, context: Context) -> Result<DiscoverResult, ErrorData> {
        let mut told = self.house.discover(context).await?;
        told.capabilities = Self::capabilities(told.capabilities);
        Ok(told)
    }

    async fn list_tools(&self, page: Page, context: Context) -> Result<ListToolsResult, ErrorData> {
        self.house.list_tools(page, context).await
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        if let Some(content) = material::content(&request.name) {
            return Ok(CallToolResult::success(content).into());
        }
        if matches!(&*request.name, "test_logging_tool" | "test_tool_with_logging") {
            return log(&context).await;
        }
        let (responses, state) = (request.input_responses.clone(), request.request_state.clone());
        match self.turn(&request.name, responses, state, &context) {
            Some(turn) => Ok(match turn? {
                Turn::Ask(input) => input.into(),
                Turn::Done(said) => CallToolResult::success(vec![ContentBlock::text(said)]).into(),
            }),
            None => self.house.call_tool(request, context).await,
        }
    }

    async fn list_prompts(&self, _page: Page, _context: Context) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(prompts::prompts()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: Context,
    ) -> Result<GetPromptResponse, ErrorData> {
        let turn = self.turn(&request.name, request.input_responses, request.request_state, &context);
        let messages = match turn.transpose()? {
            Some(Turn::Ask(input)) => return Ok(input.into()),
            Some(Turn::Done(said)) => vec![PromptMessage::new_text(Role::User, said)],
            None => prompts::messages(&request.name, &request.arguments.unwrap_or_default())?,
        };
        Ok(GetPromptResult::new(messages).into())
    }

    async fn complete(
        &self,
        _request: CompleteRequestParams,
        _context: Context,
    ) -> Result<CompleteResult, ErrorData> {
        // Arguments of the suite's prompts are free text, so there is nothing to propose.
        Ok(CompleteResult::default())
    }

    async fn list_resources(&self, _page: Page, _context: Context) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(material::resources()))
    }

    async fn list_resource_templates(
        &self,
        _page: Page,
        _context: Context,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(material::templates()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        Ok(ReadResourceResult::new(vec![material::read(&request.uri)?]).into())
    }

    /// What never changes can be watched without a session.
    async fn subscribe(&self, request: SubscribeRequestParams, _context: Context) -> Result<(), ErrorData> {
        material::read(&request.uri).map(drop)
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _context: Context,
    ) -> Result<(), ErrorData> {
        material::read(&request.uri).map(drop)
    }

    /// Without a session no level can be remembered, so the only one to choose is the one that is logged anyway.
    async fn set_level(&self, request: SetLevelRequestParams, context: Context) -> Result<(), ErrorData> {
        match request.level {
            _ if asks_by_request(&context) => Err(ErrorData::method_not_found::<SetLevelRequestMethod>()),
            LoggingLevel::Debug | LoggingLevel::Info => Ok(()),
            _ => Err(ErrorData::invalid_params("what is logged is logged at info", None)),
        }
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: Context,
    ) -> Result<CustomResult, ErrorData> {
        self.house.on_custom_request(request, context).await
    }
}

/// Whether the request is of the revision where each says itself what it wants to hear.
fn asks_by_request(context: &Context) -> bool {
    context.protocol_version().is_some_and(|version| !version.has_initialize())
}

/// Says three lines on the stream of the request, where it may; an older client without a session had no way to ask.
async fn log(context: &Context) -> Result<CallToolResponse, ErrorData> {
    if !asks_by_request(context) || context.meta.log_level().is_some() {
        for line in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
            let said = LoggingMessageNotificationParam::new(LoggingLevel::Info, line.into());
            let sent = context.peer.notify_logging_message(said).await;
            sent.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(CallToolResult::success(vec![ContentBlock::text("Logged what there was to log.")]).into())
}
