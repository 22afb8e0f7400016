//! The matrix of faults: everything that can go wrong between the gate and N-central, under every kind of look-up and
//! every kind of write. No write is sent twice, no error passes as data, every deadline is kept, and nobody is told
//! that nothing changed where something did. `docs/faults.md` is written from what the run shows.

mod front;
mod moving;
mod page;
mod read_back;
mod reads;
mod scene;
mod trouble;
mod writes;

use scene::Cell;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use trouble::Trouble;

/// How many columns are run at once: most of their time is waiting for a deadline.
const AT_ONCE: usize = 16;

/// The name of a trouble, and what each row comes to under it.
type Column = (&'static str, Vec<(&'static str, Cell)>);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_sends_a_write_twice_or_passes_as_data() {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let writes = columns(&turns, |trouble| Box::pin(writes::under(trouble)));
    let reads = columns(&turns, |trouble| Box::pin(reads::under(trouble)));
    let (writes, reads, read_backs, moving) =
        futures::join!(writes, reads, read_back::lines(), moving::lines());
    page::check(&writes, &reads, &read_backs, &moving);
}

type Cells = Pin<Box<dyn Future<Output = Vec<(&'static str, Cell)>> + Send>>;

/// One column for each trouble, in their order. One that breaks a promise says so and lets the others end.
async fn columns(turns: &Arc<Semaphore>, under: fn(&'static Trouble) -> Cells) -> Vec<Column> {
    let mut running = JoinSet::new();
    let mut order: Vec<(usize, &Trouble)> = trouble::ALL.iter().enumerate().collect();
    // Whoever waits longest begins first.
    order.sort_by_key(|(_, trouble)| !trouble.waits());
    for (place, trouble) in order {
        let turns = Arc::clone(turns);
        running.spawn(async move {
            let _turn = turns.acquire_owned().await.unwrap();
            (place, (trouble.name, under(trouble).await))
        });
    }
    let (mut columns, mut broken) = (Vec::new(), 0);
    while let Some(column) = running.join_next().await {
        match column {
            Ok(column) => columns.push(column),
            Err(_) => broken += 1,
        }
    }
    assert_eq!(broken, 0, "promises were broken: see above");
    columns.sort_by_key(|(place, _)| *place);
    columns.into_iter().map(|(_, column)| column).collect()
}
