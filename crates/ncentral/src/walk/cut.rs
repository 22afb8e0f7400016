//! Where the pages of a list are cut: each begins before the end of the last one and reaches as far beyond it as its
//! size can be chosen to, at next to no cost: five pages reach 4,980 rows, eleven 10,000.

use crate::page::Page;
use crate::params::Params;

/// The most rows that N-central gives on a page (NOTES, section 5).
const LARGEST: u64 = 1000;

/// Pages smaller than this are not made to overlap: too much of them would be read twice.
const SMALLEST_OVERLAPPING: u64 = 20;

/// How a list is cut into pages.
pub(super) struct Cut {
    /// The number of the page with which the walk begins.
    first: u64,
    /// The most rows on a page.
    size: u64,
    /// Whether pages overlap.
    pub(super) overlaps: bool,
    /// How many rows neighbouring pages share at least.
    shared: u64,
}

/// One page of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) number: u64,
    pub(super) size: u64,
    /// How many rows lie before it.
    pub(super) start: u64,
}

impl Place {
    fn new(start: u64, size: u64) -> Self {
        Self { number: start / size + 1, size, start }
    }

    pub(super) fn end(self) -> u64 {
        self.start + self.size
    }
}

impl Cut {
    /// As the parameters of the list say, else in the largest pages from the first on.
    pub(super) fn of(params: &Params) -> Self {
        let given = |name| params.get(name).and_then(|text| text.parse().ok()).filter(|number| *number > 0);
        let size = given("pageSize").unwrap_or(LARGEST);
        let overlaps = size >= SMALLEST_OVERLAPPING;
        Self { first: given("pageNumber").unwrap_or(1), size, overlaps, shared: 1 }
    }

    /// How many rows lie before the walk.
    pub(super) fn front(&self) -> u64 {
        (self.first - 1).saturating_mul(self.size)
    }

    /// The page that goes on where pages up to this row are taken.
    pub(super) fn after(&self, row: u64) -> Place {
        let next = Place::new(self.whole_pages(row), self.size);
        if !self.overlaps || row <= self.front() {
            return next;
        }
        let furthest = |shared: u64| {
            let from = row.saturating_sub(shared);
            let places = (self.size / 2..=self.size).map(|size| Place::new(from / size * size, size));
            places.max_by_key(|place| place.end()).filter(|place| place.end() > row)
        };
        furthest(self.shared).or_else(|| furthest(1)).unwrap_or(next)
    }

    /// Where to go on when the pages up to this row turned out to have slipped, for the so manieth time.
    pub(super) fn back(&mut self, row: u64, slips: u64) -> u64 {
        if self.overlaps {
            // Of the first two pages less than a half can be shared.
            self.shared = (self.size * slips / 8).max(1);
            row
        } else {
            row.saturating_sub(self.size).max(self.front())
        }
    }

    /// The rows of the full pages up to this row.
    pub(super) fn whole_pages(&self, row: u64) -> u64 {
        row / self.size * self.size
    }

    /// Up to which row there are any, as far as this page tells.
    pub(super) fn known(&self, page: &Page, place: Place) -> u64 {
        let known = if self.overlaps { page.total_items } else { None };
        // A server that sizes its pages itself counts them in its own size.
        known.or_else(|| Some(page.total_pages?.saturating_mul(place.size))).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(size: u64) -> Cut {
        Cut::of(&Params::new().set("pageSize", size))
    }

    #[test]
    fn every_page_shares_rows_with_the_one_before_it_and_goes_beyond() {
        for size in [20, 21, 50, 97, 250, 999, 1000] {
            for slips in 0..=3 {
                let mut cut = cut(size);
                if slips > 0 {
                    assert_eq!(cut.back(size, slips), size);
                }
                let mut row = cut.after(0).end();
                assert_eq!(row, size);
                while row < 400 * size {
                    let place = cut.after(row);
                    assert!(place.size <= size && place.end() > row, "{size}, {row}: {place:?}");
                    assert_eq!(place.start, (place.number - 1) * place.size);
                    assert!(place.start < row, "{size}, {row}: {place:?}");
                    // Small pages can't always share as much as they should.
                    assert!(place.start + cut.shared <= row || size < 50, "{size}, {row}: {place:?}");
                    row = place.end();
                }
            }
        }
    }

    #[test]
    fn overlapping_costs_next_to_nothing() {
        for (rows, most) in [(1000, 1), (1998, 2), (4980, 5), (5000, 6), (10_000, 11), (100_000, 106)] {
            let (cut, mut pages, mut row) = (cut(1000), 0, 0);
            while row < rows {
                row = cut.after(row).end();
                pages += 1;
            }
            assert!(pages <= most, "{rows} rows took {pages} pages");
        }
    }

    #[test]
    fn small_pages_follow_each_other() {
        let cut = cut(4);
        assert_eq!([0, 4, 8].map(|row| cut.after(row).start), [0, 4, 8]);
        let later = Cut::of(&Params::new().set("pageSize", 4).set("pageNumber", 3));
        assert_eq!((later.front(), later.after(8).number), (8, 3));
    }
}
