//! Checking a file that somebody has, such as one that they were sent: who signed it, when, and whether that holds.

use askama::Template;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::Pages;
use crate::clock::Timestamp;
use crate::signature::check::judgement::{Report, SignatureReport};
use crate::signature::check::{Indication, NotSigned};
use crate::signature::new_signing::DOCUMENTS_MAX;
use crate::signature::signing::Content;
use crate::signature::words::SignatureText;
use crate::text::Locale;
use crate::web::{Html, PageContext, SignedIn, date_time};

/// The longest name of a file, in bytes.
const NAME_BYTES_MAX: usize = 255;

#[derive(Template)]
#[template(path = "signatures/check.html")]
struct CheckPage {
    context: PageContext,
    text: &'static SignatureText,
    mistake: Option<&'static str>,
    /// The name of the file, and what the check found.
    found: Option<(String, Report)>,
}

impl CheckPage {
    fn new(context: PageContext) -> Self {
        Self {
            text: SignatureText::of(context.lang),
            context,
            mistake: None,
            found: None,
        }
    }

    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn result(&self, signature: &SignatureReport) -> &str {
        match signature.indication {
            Indication::Passed => &self.text.check_passed,
            Indication::Failed => &self.text.check_failed,
            Indication::Indeterminate => &self.text.check_undecided,
        }
    }

    fn is_good(&self, signature: &SignatureReport) -> bool {
        signature.indication == Indication::Passed
    }

    fn why(&self, signature: &SignatureReport) -> Option<&str> {
        let why = signature.sub_indication?;
        Some(self.text.sub_indications.get(&why))
    }

    fn moment(&self, time: &Timestamp) -> String {
        date_time(*time)
    }
}

/// The files of a form.
struct Files {
    signed: Content,
    over: Vec<Content>,
}

/// Why the files of a form are not checked.
enum Mistake {
    NoFile,
    TooLarge,
    TooMany,
    SameName,
    Broken,
}

impl From<MultipartError> for Mistake {
    fn from(error: MultipartError) -> Self {
        match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            _ => Self::Broken,
        }
    }
}

impl Mistake {
    fn text(&self, text: &'static SignatureText) -> &'static str {
        match self {
            Self::NoFile => &text.check_no_file,
            Self::TooLarge => &text.check_too_large,
            Self::TooMany => &text.check_too_many,
            Self::SameName => &text.check_same_name,
            Self::Broken => &text.check_broken,
        }
    }
}

/// `GET /{lang}/my/signatures/check`.
pub(super) async fn ask(SignedIn { context, .. }: SignedIn) -> Response {
    Html(CheckPage::new(context)).into_response()
}

/// `POST /{lang}/my/signatures/check`: the file in `signed`, and those beside it in `over`.
pub(super) async fn check(
    State(pages): State<Pages>,
    SignedIn { context, .. }: SignedIn,
    form: Multipart,
) -> Response {
    let mut page = CheckPage::new(context);
    let files = match files(form).await {
        Ok(files) => files,
        Err(mistake) => {
            page.mistake = Some(mistake.text(page.text));
            return (StatusCode::UNPROCESSABLE_ENTITY, Html(page)).into_response();
        }
    };
    let name = files.signed.name.clone();
    match pages.signatures.check(files.signed, files.over).await {
        Ok(report) => {
            page.found = Some((name, report));
            Html(page).into_response()
        }
        Err(wrong) => {
            page.mistake = Some(match wrong {
                NotSigned::Missing => &page.text.check_unsigned,
                NotSigned::NotJws | NotSigned::NotPdf => &page.text.check_unreadable,
            });
            (StatusCode::UNPROCESSABLE_ENTITY, Html(page)).into_response()
        }
    }
}

async fn files(mut form: Multipart) -> Result<Files, Mistake> {
    let (mut signed, mut over) = (None, Vec::<Content>::new());
    while let Some(field) = form.next_field().await? {
        let is_signed = match field.name() {
            Some("signed") => true,
            Some("over") => false,
            _ => return Err(Mistake::Broken),
        };
        let name = field.file_name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await?.to_vec();
        // A field of files in which nothing was chosen.
        if name.is_empty() && bytes.is_empty() {
            continue;
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(Mistake::Broken);
        }
        let content = Content {
            name,
            media_type: String::new(),
            bytes,
        };
        if is_signed {
            signed = Some(content);
            continue;
        }
        if over.iter().any(|other| other.name == content.name) {
            return Err(Mistake::SameName);
        }
        over.push(content);
        if over.len() > DOCUMENTS_MAX {
            return Err(Mistake::TooMany);
        }
    }
    let signed = signed.ok_or(Mistake::NoFile)?;
    Ok(Files { signed, over })
}
