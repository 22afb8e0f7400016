//! How the rows of a paged list lie while it is read: as the world has them, or moved by a fault. Rows that were added
//! or removed between two pages look like this to a client.

/// What a list shows instead of all of its rows in their order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shift {
    /// How many rows at its front are not shown: gone already, or yet to come.
    pub(crate) hidden: usize,
    /// The number, from 1, of the row that is listed twice.
    pub(crate) twice: Option<usize>,
}

impl Shift {
    /// How many rows a list of `len` shows.
    pub(crate) fn shown(self, len: usize) -> usize {
        let shown = len.saturating_sub(self.hidden);
        shown + usize::from(self.twice.is_some_and(|row| (1..=shown).contains(&row)))
    }

    /// Which row of the list is shown at this place.
    pub(crate) fn row(self, at: usize) -> usize {
        let is_behind = self.twice.is_some_and(|row| at >= row);
        self.hidden + at - usize::from(is_behind && at > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(shift: Shift) -> Vec<usize> {
        (0..shift.shown(5)).map(|at| shift.row(at)).collect()
    }

    #[test]
    fn rows_are_hidden_and_doubled() {
        assert_eq!(shown(Shift::default()), [0, 1, 2, 3, 4]);
        assert_eq!(shown(Shift { hidden: 2, twice: None }), [2, 3, 4]);
        assert_eq!(shown(Shift { hidden: 0, twice: Some(2) }), [0, 1, 1, 2, 3, 4]);
        assert_eq!(shown(Shift { hidden: 1, twice: Some(4) }), [1, 2, 3, 4, 4]);
        assert_eq!(shown(Shift { hidden: 9, twice: Some(1) }), [0; 0]);
    }
}
