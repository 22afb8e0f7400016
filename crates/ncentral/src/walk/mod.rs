//! Following a list page by page while N-central changes it.
//!
//! A page is cut by position, so a row that is added or removed moves every row behind it, perhaps from a page that is
//! yet to be read onto one that was. The total does not tell, because one row may go while another comes. Therefore
//! each page is asked for in a size that lets it begin before the end of the last one ([`cut`]): rows keep their
//! order, so as long as neighbouring pages share a row, none has slipped between them. Where they share none, the
//! walk steps back. What comes again is left out. In the end every row that was there throughout has come once, or
//! the walk ends in an error.

mod cut;
mod key;

use std::collections::HashSet;

use futures::future::BoxFuture;
use futures::stream::{FuturesOrdered, TryStreamExt};

use crate::client::Client;
use crate::error::Error;
use crate::operation::Operation;
use crate::page::Page;
use crate::params::Params;
use cut::{Cut, Place};
use key::Key;

/// How many pages are under way or in memory at once: a few more than N-central takes of the device list at a time
/// (NOTES, section 4), so that a slot that falls free is used.
const AHEAD: usize = 8;

/// How often a walk steps back before it gives up.
const MOST_SLIPS: u64 = 3;

/// How many pages in a row may bring nothing new before a walk gives up: a list without an end, for all it tells.
const MOST_IDLE: u64 = 8;

/// How often a list is read from its front to its end.
const MOST_PASSES: u64 = 3;

/// A list on its way through memory.
pub(crate) struct Walk {
    client: Client,
    operation: &'static Operation,
    params: Params,
    cut: Cut,
    reads: FuturesOrdered<BoxFuture<'static, Result<(Place, Page), Error>>>,
    /// Up to which row pages are under way.
    asked: u64,
    /// Up to which row there are any, as far as is known.
    known: u64,
    /// Up to which row pages were taken.
    taken: u64,
    /// The rows of the page before, and where it began: how many rows lie before it, and with which.
    before: HashSet<Key>,
    began: (u64, Option<Key>),
    /// The rows that were given.
    given: HashSet<Key>,
    /// How many rows N-central counted last, and at the least.
    counted: Option<u64>,
    least: Option<u64>,
    slips: u64,
    idle: u64,
    pass: Pass,
}

/// One way from the front to the end.
struct Pass {
    number: u64,
    pages: u64,
    new: usize,
}

impl Walk {
    pub(crate) fn new(client: Client, operation: &'static Operation, params: Params) -> Self {
        let cut = Cut::of(&params);
        let front = cut.front();
        Self {
            client,
            operation,
            params,
            cut,
            reads: FuturesOrdered::new(),
            asked: front,
            known: front + 1,
            taken: front,
            before: HashSet::new(),
            began: (front, None),
            given: HashSet::new(),
            counted: None,
            least: None,
            slips: 0,
            idle: 0,
            pass: Pass { number: 1, pages: 0, new: 0 },
        }
    }

    /// The next page with the rows that are new, and the walk behind it.
    ///
    /// # Errors
    ///
    /// Those of the look-up; [`Error::BadShape`] where the server ignores the page number; [`Error::ListMoved`].
    pub(crate) async fn step(mut self) -> Result<Option<(Page, Self)>, Error> {
        loop {
            self.ask();
            match self.reads.try_next().await? {
                Some((place, page)) => {
                    if let Some(page) = self.take(place, page)? {
                        return Ok(Some((page, self)));
                    }
                }
                None if self.goes_again()? => {}
                None => return Ok(None),
            }
        }
    }

    /// Keeps as many pages under way as may be.
    fn ask(&mut self) {
        while self.asked < self.known && self.reads.len() < AHEAD {
            let place = self.cut.after(self.asked);
            let params = match self.operation.paged {
                true => self.params.clone().set("pageNumber", place.number).set("pageSize", place.size),
                false => self.params.clone(),
            };
            let (client, operation) = (self.client.clone(), self.operation);
            self.reads.push_back(Box::pin(async move {
                client.page(operation, params).await.map(|page| (place, page))
            }));
            self.asked = place.end();
        }
    }

    /// What of a page is new; nothing where it can't follow the one before it, or brings nothing.
    fn take(&mut self, place: Place, mut page: Page) -> Result<Option<Page>, Error> {
        if !self.is_cut_as_asked(place, &page) {
            return Ok(None);
        }
        let is_front = self.pass.pages == 0;
        let keys: Vec<Key> = page.rows.iter().map(|row| key::of(self.operation, row)).collect();
        let slipped = !is_front && self.has_slipped(place, &page, &keys);
        self.counted = page.total_items.or(self.counted);
        self.least = self.least.into_iter().chain(page.total_items).min();
        if slipped {
            return self.step_back().map(|()| None);
        }
        let mut new = keys.iter().map(|key| self.given.insert(key.clone()));
        page.rows.retain(|_| new.next().unwrap_or(true));
        page.item_count = page.rows.len() as u64;
        let begins = keys.first().cloned();
        if page.rows.is_empty() && begins.is_some() && self.pass.number == 1 {
            let (start, before) = &self.began;
            if place.start > *start && *before == begins {
                page.ends_by_repeating(self.given.len() as u64)?;
                self.end();
                // Nothing can be learned from asking again.
                self.least = None;
                return Ok(None);
            }
        }
        // A second pass is there to find nothing.
        self.idle = if page.rows.is_empty() && self.pass.number == 1 { self.idle + 1 } else { 0 };
        if self.idle > MOST_IDLE {
            return Err(self.moved());
        }
        self.began = (place.start, begins);
        self.before = keys.into_iter().collect();
        self.taken = place.end();
        self.pass.pages += 1;
        self.pass.new += page.rows.len();
        if page.has_next {
            self.known = self.cut.known(&page, place).max(place.end() + 1);
        } else {
            self.end();
        }
        let is_told = !page.rows.is_empty() || (is_front && self.pass.number == 1);
        Ok(is_told.then_some(page))
    }

    /// Whether the page is as large as it was asked for. A server that sizes its pages itself can't be made to let
    /// them overlap; if that shows late, the walk goes on with whole pages from where it is.
    fn is_cut_as_asked(&mut self, place: Place, page: &Page) -> bool {
        let as_asked = page.page_size.max(page.item_count) == place.size;
        if self.pass.pages == 0 && self.pass.number == 1 {
            self.cut.overlaps &= as_asked && page.item_count == place.size;
        } else if self.cut.overlaps && !as_asked {
            self.cut.overlaps = false;
            self.go_on_from(self.cut.whole_pages(self.taken));
            return false;
        }
        true
    }

    /// Whether rows may lie between this page and the one before it that are on neither.
    fn has_slipped(&self, place: Place, page: &Page, keys: &[Key]) -> bool {
        if place.start < self.taken {
            return !keys.iter().any(|key| self.before.contains(key));
        }
        // Pages that do not overlap have only the total to tell.
        self.counted.zip(page.total_items).is_some_and(|(before, now)| now < before)
    }

    fn step_back(&mut self) -> Result<(), Error> {
        self.slips += 1;
        if self.slips > MOST_SLIPS {
            return Err(self.moved());
        }
        let row = self.cut.back(self.taken, self.slips);
        self.go_on_from(row);
        Ok(())
    }

    /// Forgets the pages under way and asks from this row on.
    fn go_on_from(&mut self, row: u64) {
        self.reads.clear();
        self.asked = row;
    }

    /// There is nothing beyond: whatever was asked for there says nothing.
    fn end(&mut self) {
        self.reads.clear();
        self.known = 0;
    }

    /// Whether the list has to be read once more: more pages than one gave fewer rows than N-central ever counted,
    /// so that rows changed places. That nothing new is found then proves that some are listed twice.
    fn goes_again(&mut self) -> Result<bool, Error> {
        let found = self.cut.front() + self.given.len() as u64;
        let proven = self.pass.pages < 2 || (self.pass.number > 1 && self.pass.new == 0);
        if proven || self.least.is_none_or(|least| found >= least) {
            return Ok(false);
        }
        if self.pass.number == MOST_PASSES {
            return Err(self.moved());
        }
        let front = self.cut.front();
        (self.asked, self.taken, self.known, self.counted) = (front, front, front + 1, None);
        self.before.clear();
        self.pass = Pass { number: self.pass.number + 1, pages: 0, new: 0 };
        Ok(true)
    }

    fn moved(&self) -> Error {
        Error::ListMoved { rows: self.given.len() as u64 }
    }
}
