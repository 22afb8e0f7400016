//! MCP on stdio: one caller, from the first line to the end of the input. Standard output carries the protocol and
//! nothing else.

use crate::doorway::{Doorway, View};
use crate::handler::{Handler, REVISIONS};
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, GetMeta, ProtocolVersion, ServerJsonRpcMessage};
use rmcp::service::{QuitReason, RoleServer, ServerInitializeError, serve_server_with_ct};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use std::future::Future;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

/// Why serving on a stream ended before its input did.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StdioError {
    /// The first answers could not be written.
    #[error("the client could not be answered: {0}")]
    Opening(String),
    /// The task that serves the stream broke off.
    #[error("serving broke off: {0}")]
    BrokeOff(String),
}

/// Serves one caller on standard input and output until the input ends or `shutdown` is cancelled. Calls in flight
/// then have a few seconds to answer.
///
/// # Errors
/// An output that can't be written to; a defect.
pub async fn serve_stdio(
    doorway: Arc<dyn Doorway>,
    view: View,
    shutdown: CancellationToken,
) -> Result<(), StdioError> {
    let (input, output) = rmcp::transport::stdio();
    serve_stream(doorway, view, input, output, shutdown).await
}

/// The same on any pair of streams.
///
/// # Errors
/// As [`serve_stdio`].
pub async fn serve_stream(
    doorway: Arc<dyn Doorway>,
    view: View,
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
    shutdown: CancellationToken,
) -> Result<(), StdioError> {
    let transport = AsyncRwTransport::<RoleServer, _, _>::new_server(input, output);
    let transport = Opening { transport, opened: false };
    let serving = match serve_server_with_ct(Handler::of(doorway, view), transport, shutdown).await {
        Ok(serving) => serving,
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => return Ok(()),
        Err(error) => return Err(StdioError::Opening(error.to_string())),
    };
    match serving.waiting().await {
        Ok(QuitReason::JoinError(error)) | Err(error) => Err(StdioError::BrokeOff(error.to_string())),
        Ok(_) => Ok(()),
    }
}

/// Leaves out what a client says before the request that opens the protocol. The SDK gives up on such a client,
/// though one whose first probe took too long may well begin with a cancellation.
struct Opening<T> {
    transport: T,
    opened: bool,
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Opening<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), T::Error>> + Send + 'static {
        self.transport.send(message)
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            let message = self.transport.receive().await?;
            match &message {
                ClientJsonRpcMessage::Request(request) => self.opened |= opens(&request.request),
                _ if self.opened => {}
                _ => continue,
            }
            return Some(message);
        }
    }

    fn close(&mut self) -> impl Future<Output = Result<(), T::Error>> + Send {
        self.transport.close()
    }
}

/// Whether this request settles which era the client is of; anything else is answered and settles nothing.
fn opens(request: &ClientRequest) -> bool {
    let meta = request.get_meta();
    match request {
        ClientRequest::InitializeRequest(_) => true,
        ClientRequest::PingRequest(_) | ClientRequest::DiscoverRequest(_) => false,
        _ => {
            meta.missing_required_keys(&ProtocolVersion::V_2026_07_28).is_empty()
                && meta.protocol_version().is_some_and(|version| REVISIONS.contains(&version))
        }
    }
}
