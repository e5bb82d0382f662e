//! An uploaded file: how it is read, what is wrong with it, its description, its publication.

use std::collections::BTreeMap;

use aim_gov::open_data::licence;
use aim_gov::open_data::pages::{OpenDataText, shown_text};
use aim_gov::open_data::published::about::WrongAbout;
use aim_gov::open_data::published::{AboutField, Draft};
use aim_gov::open_data::upload::{Choice, Encoding, Format, Kind, Reading, Separator};
use aim_gov::web::{Html, PageContext, PageError};
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use crate::web::developers::{FormError, message_for};
use crate::web::publishing_text::PublishingText;

/// What the fields of the columns' types are called, before the place of the column.
const KIND_FIELD: &str = "kind-";

#[derive(Template)]
#[template(path = "developers_open_data_draft.html")]
struct DraftPage {
    context: PageContext,
    text: &'static PublishingText,
    lists: &'static OpenDataText,
    draft: Draft,
    errors: Vec<FormError>,
}

impl DraftPage {
    fn error(&self, field: &str) -> Option<&str> {
        message_for(&self.errors, field)
    }

    fn reading(&self) -> Option<&Reading> {
        self.draft.reading.as_ref().ok()
    }

    /// Why the file has no reading.
    fn fault(&self) -> Option<String> {
        self.draft
            .reading
            .as_ref()
            .err()
            .map(|fault| self.text.file_fault(fault))
    }

    /// The first rows: each cell with its column, as people are shown it.
    fn first(&self) -> Vec<Vec<(&str, String)>> {
        let Some(reading) = self.reading() else {
            return Vec::new();
        };
        let names = || reading.columns.iter().map(|column| column.name.as_str());
        let rows = reading.first.iter();
        rows.map(|row| names().zip(row.iter().map(|cell| shown_text(cell))).collect())
            .collect()
    }

    /// Whether there are more bad rows than are listed.
    fn has_more(&self) -> bool {
        let reading = self.reading();
        reading.is_some_and(|reading| {
            usize::try_from(reading.bad_count).unwrap_or(usize::MAX) > reading.bad.len()
        })
    }

    fn has_theme(&self, code: &str) -> bool {
        self.draft.about.theme.iter().any(|theme| theme == code)
    }

    fn is_good(&self) -> bool {
        self.reading().is_some_and(|reading| reading.bad_count == 0)
    }

    /// The choices of a list, each with whether it is chosen.
    fn formats(&self) -> Vec<(&'static str, &str, bool)> {
        options(Format::ALL, self.draft.choice.format, |format| {
            self.text.format.get(&format)
        })
    }

    fn encodings(&self) -> Vec<(&'static str, &str, bool)> {
        options(Encoding::ALL, self.draft.choice.encoding, |encoding| {
            self.text.encoding.get(&encoding)
        })
    }

    fn separators(&self) -> Vec<(&'static str, &str, bool)> {
        options(Separator::ALL, self.draft.choice.separator, |separator| {
            self.text.separator.get(&separator)
        })
    }

    fn kinds(&self, name: &str) -> Vec<(&'static str, &str, bool)> {
        options(Kind::ALL, self.draft.choice.kinds.get(name).copied(), |kind| {
            self.text.kind.get(&kind)
        })
    }

    fn header_line(&self) -> String {
        self.draft
            .choice
            .header_line
            .map(|line| line.to_string())
            .unwrap_or_default()
    }

    #[expect(clippy::unused_self, reason = "the template calls it as a method")]
    fn licences(&self) -> [licence::Licence<'static>; 6] {
        licence::KNOWN
    }
}

fn options<'t, T: Copy + PartialEq + Into<&'static str>>(
    all: &[T],
    chosen: Option<T>,
    word: impl Fn(T) -> &'t str,
) -> Vec<(&'static str, &'t str, bool)> {
    let options = all
        .iter()
        .map(|option| ((*option).into(), word(*option), chosen == Some(*option)));
    options.collect()
}

/// `GET /{lang}/developers/open-data/drafts/{id}`
pub(in super::super) async fn show(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    match desk.open_data.own_draft(&desk.publisher, &id).await {
        Ok(draft) => Ok(page(desk.context, draft, &[])),
        Err(error) => Err(desk.refused(&error)),
    }
}

/// The page, with what is wrong with the description.
pub(super) fn page(context: PageContext, draft: Draft, wrong: &[WrongAbout]) -> Response {
    let text = PublishingText::of(context.lang);
    let errors: Vec<FormError> = wrong
        .iter()
        .map(|wrong| FormError {
            field: wrong.field.code(),
            message: text.wrong(wrong),
        })
        .collect();
    let status = match errors.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = DraftPage {
        text,
        lists: OpenDataText::of(context.lang),
        draft,
        errors,
        context,
    };
    (status, Html(page)).into_response()
}

/// `POST /{lang}/developers/open-data/drafts/{id}`: what the publisher says about the reading.
pub(in super::super) async fn correct(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Result<Redirect, PageError> {
    let draft = match desk.open_data.own_draft(&desk.publisher, &id).await {
        Ok(draft) => draft,
        Err(error) => return Err(desk.refused(&error)),
    };
    let said = |field: &str| typed.get(field).map(String::as_str).unwrap_or_default();
    let columns = draft
        .reading
        .as_ref()
        .map(|reading| reading.columns.as_slice())
        .unwrap_or_default();
    let kinds = (0_usize..).zip(columns).filter_map(|(place, column)| {
        let kind: Kind = said(&format!("{KIND_FIELD}{place}")).parse().ok()?;
        Some((column.name.clone(), kind))
    });
    let choice = Choice {
        format: said("format").parse().ok(),
        encoding: said("encoding").parse().ok(),
        separator: said("separator").parse().ok(),
        header_line: said("header_line").trim().parse().ok(),
        kinds: kinds.collect(),
    };
    match desk.open_data.correct(&desk.publisher, &id, choice).await {
        Ok(draft) => {
            let text = desk.text();
            Ok(desk.done(&text.done_read, &format!("/drafts/{}", draft.id)).await)
        }
        Err(error) => Err(desk.refused(&error)),
    }
}

fn facts(text: &PublishingText, draft: &Draft) -> Vec<(String, String)> {
    let rows = draft.reading.as_ref().map_or(0, |reading| reading.rows_count);
    vec![
        (text.column_file.clone(), draft.file_name.clone()),
        (text.column_name.clone(), draft.about.identifier.clone()),
        (text.column_rows.clone(), rows.to_string()),
    ]
}

/// `GET /{lang}/developers/open-data/drafts/{id}/publish`: asks for confirmation.
pub(in super::super) async fn ask_publish(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let draft = match desk.open_data.own_draft(&desk.publisher, &id).await {
        Ok(draft) => draft,
        Err(error) => return Err(desk.refused(&error)),
    };
    if let Err(wrong) = draft.about.parse() {
        return Ok(page(desk.context, draft, &wrong));
    }
    let text = desk.text();
    let mut consequences = vec![text.publish_effect.clone()];
    if !draft.dataset.is_empty() {
        consequences.push(text.replace_effect.clone());
    }
    let formulas = draft.reading.as_ref().map_or(0, |reading| reading.formulas_count);
    if formulas > 0 {
        consequences.push(format!("{} {formulas}", text.formulas));
    }
    let words = (
        text.publish_ask.as_str(),
        consequences,
        text.publish_button.as_str(),
        "",
    );
    let here = format!("/drafts/{}", draft.id);
    Ok(desk.confirm(words, facts(text, &draft), (&format!("{here}/publish"), &here)))
}

/// `POST /{lang}/developers/open-data/drafts/{id}/publish`
pub(in super::super) async fn publish(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    match desk.open_data.publish(&desk.publisher, &id).await {
        Ok(published) => {
            let text = desk.text();
            let set = format!("/sets/{}", published.about.identifier);
            Ok(desk.done(&text.done_published, &set).await)
        }
        Err(error) => Err(desk.refused(&error)),
    }
}

/// `GET /{lang}/developers/open-data/drafts/{id}/discard`: asks for confirmation.
pub(in super::super) async fn ask_discard(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let draft = match desk.open_data.own_draft(&desk.publisher, &id).await {
        Ok(draft) => draft,
        Err(error) => return Err(desk.refused(&error)),
    };
    let text = desk.text();
    let consequences = vec![text.discard_effect.clone()];
    let words = (
        text.discard_ask.as_str(),
        consequences,
        text.discard_button.as_str(),
        "danger",
    );
    let here = format!("/drafts/{}", draft.id);
    Ok(desk.confirm(words, facts(text, &draft), (&format!("{here}/discard"), &here)))
}

/// `POST /{lang}/developers/open-data/drafts/{id}/discard`
pub(in super::super) async fn discard(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    match desk.open_data.discard(&desk.publisher, &id).await {
        Ok(()) => {
            let text = desk.text();
            Ok(desk.done(&text.done_discarded, "").await)
        }
        Err(error) => Err(desk.refused(&error)),
    }
}
