//! What stands between the client and the gate to count and to time: an observer of exchanges, and permits.

use super::Metrics;
use futures::FutureExt;
use futures::future::BoxFuture;
use ncentral::{Exchange, Observer, Permit, Permits};
use std::sync::Arc;
use tokio::time::Instant;

impl Metrics {
    /// The observer, with every exchange counted on its way.
    pub(crate) fn counting(self: &Arc<Self>, observer: Arc<dyn Observer>) -> Arc<dyn Observer> {
        Arc::new(Counting { metrics: Arc::clone(self), observer })
    }

    /// The permits, with every wait timed.
    pub(crate) fn timing(self: &Arc<Self>, permits: Arc<dyn Permits>) -> Arc<dyn Permits> {
        Arc::new(Timing { metrics: Arc::clone(self), permits })
    }
}

struct Counting {
    metrics: Arc<Metrics>,
    observer: Arc<dyn Observer>,
}

impl Observer for Counting {
    fn exchange(&self, exchange: &Exchange) {
        self.metrics.exchange(exchange);
        self.observer.exchange(exchange);
    }
}

struct Timing {
    metrics: Arc<Metrics>,
    permits: Arc<dyn Permits>,
}

impl Permits for Timing {
    fn acquire<'a>(
        &'a self,
        class: &'a str,
        published: Option<u16>,
        caller: &'a str,
    ) -> BoxFuture<'a, Permit> {
        let begun = Instant::now();
        let timed = self.permits.acquire(class, published, caller).inspect(move |_| {
            self.metrics.permit_wait.observe(begun.elapsed().as_secs_f64());
        });
        timed.boxed()
    }
}
