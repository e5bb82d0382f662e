//! An accessible bar chart: an SVG drawing, its description as text, and the same values as a table.

use crate::html;
use crate::html::Html;

/// Width of the drawing, in its own units; it scales with the page.
const WIDTH: u64 = 640;
/// Height of one bar and the gap below it.
const ROW: u64 = 34;
/// Height of one bar.
const BAR: u64 = 22;
/// Room for the labels at the left.
const LABELS: u64 = 130;
/// Room for the values at the right.
const VALUES: u64 = 110;

/// Horizontal bars from zero, each labelled with its name and its value.
#[derive(Clone, Debug)]
pub struct BarChart {
    title: String,
    name_heading: String,
    value_heading: String,
    table_label: String,
    bars: Vec<Bar>,
}

#[derive(Clone, Debug)]
struct Bar {
    name: String,
    value: u64,
    shown: String,
}

impl BarChart {
    /// An empty chart. `title` describes the chart; the headings are those of the table's columns;
    /// `table_label` is the label that opens the table.
    pub fn new(title: &str, name_heading: &str, value_heading: &str, table_label: &str) -> Self {
        Self {
            title: title.to_owned(),
            name_heading: name_heading.to_owned(),
            value_heading: value_heading.to_owned(),
            table_label: table_label.to_owned(),
            bars: Vec::new(),
        }
    }

    /// Adds a bar: its name, its length, and its value as text.
    #[must_use]
    pub fn bar(mut self, name: &str, value: u64, shown: &str) -> Self {
        self.bars.push(Bar {
            name: name.to_owned(),
            value,
            shown: shown.to_owned(),
        });
        self
    }

    /// The figure. `id` is unique on the page and begins the ids inside. Colours come from the page's style
    /// sheet: `.chart-bar { fill: … }`, `.chart text { fill: … }`.
    pub fn figure(&self, id: &str) -> Html {
        let height = u64::try_from(self.bars.len()).unwrap_or(0).saturating_mul(ROW);
        let longest = self.bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
        let said: Vec<String> = self
            .bars
            .iter()
            .map(|bar| format!("{}: {}", bar.name, bar.shown))
            .collect();
        let bars: Html = (0_u64..)
            .zip(&self.bars)
            .map(|(row, bar)| bar.drawn(row, longest))
            .collect();
        let rows: Html = self
            .bars
            .iter()
            .map(|bar| {
                html!(
                    "<tr><th scope=\"row\">{}</th><td class=\"num\">{}</td></tr>\n",
                    bar.name,
                    bar.shown
                )
            })
            .collect();
        html!(
            "<figure class=\"chart\">\n<figcaption>{title}</figcaption>\n\
             <svg role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" viewBox=\"0 0 {width} {height}\">\n\
             <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{said}</desc>\n{bars}</svg>\n\
             <details><summary>{label}</summary>\n<table>\n<caption>{title}</caption>\n\
             <thead><tr><th scope=\"col\">{name}</th><th scope=\"col\" class=\"num\">{value}</th></tr></thead>\n\
             <tbody>\n{rows}</tbody>\n</table>\n</details>\n</figure>",
            title = self.title,
            id = id,
            width = WIDTH,
            height = height,
            said = said.join("; "),
            bars = bars,
            label = self.table_label,
            name = self.name_heading,
            value = self.value_heading,
            rows = rows,
        )
    }
}

impl Bar {
    fn drawn(&self, row: u64, longest: u64) -> Html {
        let room = WIDTH - LABELS - VALUES;
        let length = u128::from(self.value) * u128::from(room) / u128::from(longest);
        let length = u64::try_from(length).unwrap_or(room);
        let top = row * ROW;
        let baseline = top + BAR * 3 / 4;
        html!(
            "<text x=\"{name_x}\" y=\"{y}\" text-anchor=\"end\">{name}</text>\
             <rect class=\"chart-bar\" x=\"{bar_x}\" y=\"{top}\" width=\"{length}\" height=\"{bar}\"/>\
             <text x=\"{value_x}\" y=\"{y}\">{shown}</text>\n",
            name_x = LABELS - 8,
            y = baseline,
            name = self.name,
            bar_x = LABELS,
            top = top,
            length = length,
            bar = BAR,
            value_x = LABELS + length + 8,
            shown = self.shown,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chart_is_drawn_from_zero_said_and_tabled() {
        let chart = BarChart::new("Bills <2026>", "Month", "Amount", "As a table")
            .bar("May", 50, "0,50 ₼")
            .bar("June", 100, "1,00 ₼")
            .bar("July", 0, "0,00 ₼");
        let figure = chart.figure("year");
        let figure = figure.as_str();
        assert!(figure.contains("role=\"img\" aria-labelledby=\"year-title year-desc\""));
        assert!(figure.contains("<title id=\"year-title\">Bills &lt;2026&gt;</title>"));
        assert!(figure.contains("May: 0,50 ₼; June: 1,00 ₼; July: 0,00 ₼"));
        for width in ["width=\"200\"", "width=\"400\"", "width=\"0\""] {
            assert!(figure.contains(width), "{width} in {figure}");
        }
        assert!(figure.contains("<th scope=\"row\">June</th><td class=\"num\">1,00 ₼</td>"));
    }

    #[test]
    fn chart_of_nothing_does_not_divide_by_zero() {
        let figure = BarChart::new("T", "N", "V", "L").bar("a", 0, "0").figure("x");
        assert!(figure.as_str().contains("width=\"0\""));
    }
}
