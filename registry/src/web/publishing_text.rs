//! The texts of the pages about publishing open data, of developers and of the staff.

use aim_gov::open_data::harvest::Reason;
use aim_gov::open_data::published::about::{DESCRIPTION_CHARS_MAX, TITLE_CHARS_MAX};
use aim_gov::open_data::published::{
    AboutField, ActKind, PublishError, PublisherState, SetState, WrongAbout,
};
use aim_gov::open_data::upload::{BadRow, Encoding, FileFault, Format, Kind, RowFault, Separator};
use aim_gov::web::{Codes, Texts};

use super::words::Tag;

aim_gov::catalogue! {
    /// The texts of the pages about publishing open data.
    pub struct PublishingText from ("../../text/publishing.az.toml", "../../text/publishing.en.toml") {
        title,
        intro,
        ask_text,
        ask_button,
        asked_text,
        ended_text,
        done_asked,
        upload_title,
        upload_text,
        file_label,
        file_hint,
        upload_button,
        no_file,
        sets_title,
        sets_caption,
        sets_none,
        drafts_title,
        drafts_caption,
        column_name,
        column_state,
        column_changed,
        column_file,
        column_rows,
        column_version,
        column_sha256,
        column_line,
        column_reason,
        column_column,
        column_kind,
        draft_title,
        reading_title,
        rows_read,
        rows_bad,
        format_label,
        encoding_label,
        separator_label,
        header_label,
        header_hint,
        guess,
        bad_title,
        bad_caption,
        bad_more,
        formulas,
        first_caption,
        correct_title,
        correct_text,
        correct_button,
        kinds_legend,
        done_read,
        about_title,
        identifier_label,
        identifier_hint,
        title_az_label,
        title_en_label,
        description_az_label,
        description_en_label,
        text_hint,
        license_label,
        themes_legend,
        keywords_label,
        keywords_hint,
        frequency_label,
        choose,
        about_button,
        publish_ask,
        publish_effect,
        replace_effect,
        publish_button,
        publish_back,
        done_published,
        discard_button,
        discard_ask,
        discard_effect,
        done_discarded,
        set_public,
        set_new_title,
        versions_caption,
        acts_title,
        withdraw_button,
        withdraw_ask,
        withdraw_effect,
        done_withdrawn,
        back,
        staff_title,
        staff_intro,
        staff_none,
        staff_changed,
        grounds_label,
        grounds_hint,
        admit_button,
        end_button,
        admit_ask,
        admit_effect,
        end_ask,
        end_effect,
        done_decided,
        not_yours,
        evidence_wrong,
        already,
        sources_title,
        sources_intro,
        sources_none,
        sources_address,
        sources_finished,
        sources_never,
        sources_next,
        sources_soon,
        sources_added,
        sources_changed,
        sources_gone,
        sources_unchanged,
        sources_refused,
        sources_caption,
        sources_place,
        sources_button,
        sources_asked,
        state: Texts<SetState>,
        publisher: Texts<PublisherState>,
        format: Texts<Format>,
        separator: Texts<Separator>,
        encoding: Texts<Encoding>,
        kind: Texts<Kind>,
        fault: Codes,
        file: Codes,
        row: Codes,
        about: Codes,
        act: Texts<ActKind>,
        harvest: Texts<Reason>,
    }
}

impl PublishingText {
    pub fn set_tag(&self, state: SetState) -> Tag<'_> {
        let class = match state {
            SetState::Published => "tag good",
            SetState::Announced => "tag warn",
            SetState::Withdrawn => "tag",
        };
        Tag {
            class,
            word: self.state.get(&state),
        }
    }

    pub fn publisher_tag(&self, state: PublisherState) -> Tag<'_> {
        let class = match state {
            PublisherState::Admitted => "tag good",
            PublisherState::Asked => "tag warn",
            PublisherState::Ended => "tag bad",
        };
        Tag {
            class,
            word: self.publisher.get(&state),
        }
    }

    /// What is wrong, and what to do.
    pub fn error(&self, error: &PublishError) -> String {
        match error {
            PublishError::Unread(fault) => self.file_fault(fault),
            error => self.fault.get(error.code()).to_owned(),
        }
    }

    pub fn file_fault(&self, fault: &FileFault) -> String {
        let text = self.file.get(fault.into());
        match fault {
            FileFault::Encoding { line }
            | FileFault::Markup { line }
            | FileFault::Json { line }
            | FileFault::Header { line } => text.replace("{line}", &line.to_string()),
            FileFault::ColumnName { place } => text.replace("{line}", &place.to_string()),
            FileFault::ColumnTwice { name } => text.replace("{name}", name),
            FileFault::Empty | FileFault::JsonShape | FileFault::Columns { .. } | FileFault::TooManyRows => {
                text.to_owned()
            }
        }
    }

    pub fn row_fault(&self, bad: &BadRow) -> String {
        let text = self.row.get((&bad.fault).into());
        match &bad.fault {
            RowFault::Width { found, expected } => text
                .replace("{found}", &found.to_string())
                .replace("{expected}", &expected.to_string()),
            RowFault::Value { column, kind, value } => text
                .replace("{kind}", self.kind.get(kind))
                .replace("{column}", column)
                .replace("{value}", value),
            RowFault::Nested(name) | RowFault::NameTwice(name) => text.replace("{column}", name),
            RowFault::EmptyLine
            | RowFault::StrayQuote
            | RowFault::OpenQuote
            | RowFault::Control(_)
            | RowFault::TooLong
            | RowFault::NotAnObject => text.to_owned(),
        }
    }

    /// What is wrong with a field, with its label.
    pub fn wrong(&self, wrong: &WrongAbout) -> String {
        let label = match wrong.field {
            AboutField::Identifier => &self.identifier_label,
            AboutField::TitleAz => &self.title_az_label,
            AboutField::TitleEn => &self.title_en_label,
            AboutField::DescriptionAz => &self.description_az_label,
            AboutField::DescriptionEn => &self.description_en_label,
            AboutField::License => &self.license_label,
            AboutField::Theme => &self.themes_legend,
            AboutField::Keywords => &self.keywords_label,
            AboutField::Frequency => &self.frequency_label,
        };
        format!("{label}: {}", self.about.get((&wrong.fault).into()))
    }

    /// How long a text may be.
    pub fn most(&self, field: AboutField) -> String {
        let most = match field {
            AboutField::TitleAz | AboutField::TitleEn => TITLE_CHARS_MAX,
            _ => DESCRIPTION_CHARS_MAX,
        };
        self.text_hint.replace("{most}", &most.to_string())
    }
}
