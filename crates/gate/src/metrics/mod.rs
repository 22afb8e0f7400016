//! The gateway in numbers, as Prometheus reads them. Labels are names out of the catalogue and the contract, states,
//! and the connections that administrators made: nothing that a caller sends becomes one, so no caller can make the
//! answer grow, or read in it what another one asked.

mod gauges;
mod labels;
mod process;
mod timed;

use crate::api::{Answer, Ask};
use crate::gate::{Gate, store_problem};
use gauges::Gauges;
use labels::{ByOperation, ByTool, CallLabels, UpstreamLabels, outcome_of, tool_label};
use model::{Outcome, Problem};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The media type of the text.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// From a look-up in memory to a report over a whole fleet.
fn call_seconds() -> Histogram {
    Histogram::new([0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0])
}

/// From an answer of a server nearby to the deadline.
fn exchange_seconds() -> Histogram {
    Histogram::new([0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0])
}

/// What is counted as it happens, and the registry of everything.
pub(crate) struct Metrics {
    registry: Registry,
    calls: Family<CallLabels, Counter>,
    call_seconds: Histograms<ByTool>,
    in_flight: Gauge,
    requests: Family<UpstreamLabels, Counter>,
    request_seconds: Histograms<ByOperation>,
    throttled: Family<ByOperation, Counter>,
    permit_wait: Histogram,
    /// Passwords that were compared with a hash: the work that guessing costs.
    pub(crate) passwords: Counter,
    gauges: Gauges,
    /// Gauges are set and read by one scrape at a time.
    scraping: tokio::sync::Mutex<()>,
}

impl Metrics {
    pub(crate) fn new(started: model::Timestamp) -> Arc<Self> {
        let mut registry = Registry::with_prefix("ncgate");
        let calls = Family::default();
        let call_seconds = Histograms::new_with_constructor(call_seconds as fn() -> Histogram);
        let in_flight = Gauge::default();
        let requests = Family::default();
        let request_seconds = Histograms::new_with_constructor(exchange_seconds as fn() -> Histogram);
        let throttled = Family::default();
        let permit_wait = exchange_seconds();
        registry.register(
            "calls",
            "Answers to calls by tool and outcome; a held call is counted when it is held and when it is over",
            calls.clone(),
        );
        registry.register_with_unit(
            "call_duration",
            "How long look-ups, and runs of held or queued calls, took",
            Unit::Seconds,
            call_seconds.clone(),
        );
        registry.register("calls_in_flight", "Calls that are being answered", in_flight.clone());
        registry.register(
            "upstream_requests",
            "Requests that were sent to N-central, by operation and class of the answer's status",
            requests.clone(),
        );
        registry.register_with_unit(
            "upstream_request_duration",
            "How long requests to N-central took",
            Unit::Seconds,
            request_seconds.clone(),
        );
        registry.register(
            "upstream_throttled",
            "Answers of N-central that said: too many requests (429)",
            throttled.clone(),
        );
        registry.register_with_unit(
            "permit_wait",
            "How long requests waited for their turn before they were sent",
            Unit::Seconds,
            permit_wait.clone(),
        );
        let passwords = Counter::default();
        registry.register(
            "password_checks",
            "Passwords that were compared with a hash, for names that somebody has and for others",
            passwords.clone(),
        );
        let gauges = Gauges::register(&mut registry);
        process::register(&mut registry, started);
        Arc::new(Self {
            registry,
            calls,
            call_seconds,
            in_flight,
            requests,
            request_seconds,
            throttled,
            permit_wait,
            passwords,
            gauges,
            scraping: tokio::sync::Mutex::new(()),
        })
    }

    /// Counts a call from now until it is answered, or its caller goes away.
    pub(crate) fn begin(self: &Arc<Self>, ask: &Ask) -> Begun {
        self.in_flight.inc();
        Begun { metrics: Arc::clone(self), tool: tool_label(&ask.tool), at: Instant::now() }
    }

    /// Counts a stored call that is over; without an outcome it was refused just before it would have run.
    pub(crate) fn ended(&self, tool: &str, outcome: Option<Outcome>) {
        let outcome = outcome.map_or("refused", Outcome::as_str);
        self.calls.get_or_create(&CallLabels { tool: tool_label(tool), outcome }).inc();
    }

    /// Times a stored call that has run.
    pub(crate) fn ran(&self, tool: &str, took: Duration) {
        self.call_seconds.get_or_create(&ByTool { tool: tool_label(tool) }).observe(took.as_secs_f64());
    }

    fn exchange(&self, exchange: &ncentral::Exchange) {
        let operation = exchange.operation;
        let answer = match exchange.status {
            Some(200..=299) => "2xx",
            Some(300..=399) => "3xx",
            Some(400..=499) => "4xx",
            Some(500..=599) => "5xx",
            _ => "none",
        };
        self.requests.get_or_create(&UpstreamLabels { operation, answer }).inc();
        let by = ByOperation { operation };
        self.request_seconds.get_or_create(&by).observe(exchange.duration.as_secs_f64());
        if exchange.status == Some(429) {
            self.throttled.get_or_create(&by).inc();
        }
    }

    fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A call that is being answered.
pub(crate) struct Begun {
    metrics: Arc<Metrics>,
    tool: &'static str,
    at: Instant,
}

impl Begun {
    /// Counts its answer.
    pub(crate) fn answered(&self, answer: &Result<Answer, Problem>) {
        let Some(outcome) = outcome_of(answer) else { return };
        self.metrics.calls.get_or_create(&CallLabels { tool: self.tool, outcome }).inc();
        if matches!(answer, Ok(Answer::Read { .. })) {
            let by = ByTool { tool: self.tool };
            self.metrics.call_seconds.get_or_create(&by).observe(self.at.elapsed().as_secs_f64());
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
    }
}

impl Gate {
    /// The gateway in numbers, as [`MEDIA_TYPE`].
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn metrics(&self) -> Result<String, Problem> {
        let metrics = &self.inner.metrics;
        let _scraping = metrics.scraping.lock().await;
        let now = self.now();
        let measures =
            self.inner.store.read(move |tx| store::measures::take(tx, now)).await.map_err(store_problem)?;
        metrics.gauges.set(&measures, &self.inner.registry.all(), now);
        metrics.encode().map_err(|error| Problem::new(model::Kind::Internal, error.to_string()))
    }
}
