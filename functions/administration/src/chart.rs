//! A chart of stacked columns, laid out here and drawn by the page as SVG: whole numbers on a scale from
//! zero. The same numbers stand below it as a table, for whoever doesn't see it. Pure.

/// How wide and high the drawing is, in its own units.
pub const WIDTH: i64 = 720;
/// See [`WIDTH`].
pub const HEIGHT: i64 = 200;

/// What is drawn: a column for each label, in it a part for each series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub title: &'static str,
    /// What the labels are, as "week from".
    pub of: &'static str,
    /// Below the columns.
    pub labels: Vec<String>,
    /// What the parts are, each with its number for every label.
    pub series: Vec<(&'static str, Vec<i64>)>,
}

/// A part of a column, in the drawing's units from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// Which series: names its colour.
    pub series: usize,
    /// From the left.
    pub x: i64,
    /// From above.
    pub y: i64,
    /// To the right.
    pub width: i64,
    /// Downwards.
    pub height: i64,
}

impl Chart {
    /// The height of the highest column, and so of the scale; one where there is nothing.
    pub fn most(&self) -> i64 {
        let column = |place| -> i64 { self.series.iter().map(|(_, values)| values[place]).sum() };
        (0..self.labels.len()).map(column).max().unwrap_or(0).max(1)
    }

    /// The numbers as a table's rows: a label, and its number of each series.
    pub fn rows(&self) -> Vec<(&str, Vec<i64>)> {
        let numbers = |place| {
            self.series
                .iter()
                .map(|(_, values)| values[place])
                .collect()
        };
        self.labels
            .iter()
            .enumerate()
            .map(|(place, label)| (label.as_str(), numbers(place)))
            .collect()
    }

    /// How many of each series there are.
    pub fn sums(&self) -> Vec<i64> {
        self.series
            .iter()
            .map(|(_, values)| values.iter().sum())
            .collect()
    }

    /// Whether there is anything at all.
    pub fn is_empty(&self) -> bool {
        self.sums().iter().all(|sum| *sum == 0)
    }

    /// Every part that is more than nothing.
    pub fn bars(&self) -> Vec<Bar> {
        let most = self.most();
        let columns = i64::try_from(self.labels.len()).unwrap_or(1).max(1);
        let room = WIDTH / columns;
        let gap = (room / 5).max(1);
        let mut bars = vec![];
        for (place, x) in
            (0..self.labels.len()).zip((0..).step_by(usize::try_from(room).unwrap_or(1)))
        {
            let mut below = 0;
            for (series, (_, values)) in self.series.iter().enumerate() {
                // From the sums, so that rounding never opens a gap between two parts.
                let above = below + values[place];
                let (top, bottom) = (HEIGHT * above / most, HEIGHT * below / most);
                below = above;
                if top > bottom {
                    bars.push(Bar {
                        series,
                        x: x + gap / 2,
                        y: HEIGHT - top,
                        width: (room - gap).max(1),
                        height: top - bottom,
                    });
                }
            }
        }
        bars
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chart(series: Vec<Vec<i64>>, columns: usize) -> Chart {
        Chart {
            title: "Besök",
            of: "Vecka",
            labels: vec![String::new(); columns],
            series: series.into_iter().map(|values| ("a", values)).collect(),
        }
    }

    #[test]
    fn parts_stand_on_one_another_and_the_highest_column_fills_the_height() {
        let bars = chart(vec![vec![1, 2], vec![1, 0]], 2).bars();
        let places: Vec<_> = bars
            .iter()
            .map(|bar| (bar.series, bar.y, bar.height))
            .collect();
        assert_eq!(places, [(0, 100, 100), (1, 0, 100), (0, 0, 200)]);
        assert_eq!(chart(vec![vec![0, 0]], 2).bars(), []);
    }

    proptest! {
        #[test]
        fn nothing_is_drawn_outside_and_no_two_parts_overlap(
            values in proptest::collection::vec(proptest::collection::vec(0i64..100_000, 7), 1..5),
        ) {
            let bars = chart(values, 7).bars();
            for (place, bar) in bars.iter().enumerate() {
                prop_assert!(bar.x >= 0 && bar.x + bar.width <= WIDTH);
                prop_assert!(bar.y >= 0 && bar.height > 0 && bar.y + bar.height <= HEIGHT);
                for other in &bars[place + 1..] {
                    let apart = bar.x + bar.width <= other.x || other.x + other.width <= bar.x
                        || bar.y + bar.height <= other.y || other.y + other.height <= bar.y;
                    prop_assert!(apart, "{bar:?} {other:?}");
                }
            }
        }
    }
}
