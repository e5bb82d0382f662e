//! The consent screen: who asks, why, for which data; agreeing and refusing have the same prominence.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::super::agreement::agreement_digest;
use super::super::widening::widenings;
use super::super::words::ConsentText;
use super::super::{ASK_PURPOSES_MAX, Change, ChangeError, record};
use super::question::Question;
use super::signed::SignedAgreement;
use super::{Pages, adult, refused, service_page};
use crate::db::DbError;
use crate::grant::{Attribute, Purpose};
use crate::invocation::{CitizenId, Service, ServiceId};
use crate::text::Locale;
use crate::web::{Html, OrPage as _, PageContext, PageError, SignedIn, date, way_back};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    purposes: Vec<String>,
    /// Purposes that were refused on this visit, which are not asked for again during it.
    refused: Vec<String>,
    /// The path of the service that the citizen comes back to.
    back: String,
    /// Whether the citizen comes from their consents, to choose anew what they share.
    chooses: bool,
}

impl Asked {
    /// `None` for a query that no link of the platform contains.
    fn parse(encoded: &[u8]) -> Option<Self> {
        let mut asked = Self {
            back: "/".to_owned(),
            ..Self::default()
        };
        for (name, value) in url::form_urlencoded::parse(encoded) {
            let list = match &*name {
                "purpose" => &mut asked.purposes,
                "refused" => &mut asked.refused,
                "choose" => {
                    asked.chooses = true;
                    continue;
                }
                "return" => {
                    asked.back = way_back(&value).to_owned();
                    continue;
                }
                _ => continue,
            };
            if !list.iter().any(|known| *known == value) {
                list.push(value.into_owned());
            }
        }
        let count = asked.purposes.len();
        ((1..=ASK_PURPOSES_MAX).contains(&count) && asked.refused.len() <= count).then_some(asked)
    }

    fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for purpose in &self.purposes {
            query.append_pair("purpose", purpose);
        }
        for purpose in &self.refused {
            query.append_pair("refused", purpose);
        }
        if self.chooses {
            query.append_pair("choose", "1");
        }
        query.append_pair("return", &self.back).finish()
    }
}

#[derive(Template)]
#[template(path = "consent.html")]
struct AskPage {
    context: PageContext,
    text: &'static ConsentText,
    service: Arc<Service>,
    questions: Vec<Question>,
    asked: Asked,
    test_ends: String,
}

impl AskPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }
}

#[derive(Template)]
#[template(path = "consent_refused.html")]
struct RefusedPage {
    context: PageContext,
    text: &'static ConsentText,
    service: Arc<Service>,
    again: String,
}

/// `GET /{lang}/consent/{service}?purpose=a&purpose=b&return=/p`.
pub(super) async fn show(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, service)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let service = ServiceId(service);
    // A service that is gone or stopped has a page that says why.
    let Some(service) = pages.services.find(&service).filter(|found| !found.is_stopped()) else {
        return Ok(service_page(context, &service));
    };
    let Some(asked) = Asked::parse(query.unwrap_or_default().as_bytes()) else {
        return Err(PageError::new(context, StatusCode::BAD_REQUEST));
    };
    let context = adult(context, &pages.identity, &citizen.citizen).await?;
    let questions = open_questions(&pages, &service, &citizen.citizen, &asked).await;
    match questions.or_page(&context)? {
        Some(questions) => Ok(screen(context, service, questions, asked)),
        None => Err(PageError::new(context, StatusCode::BAD_REQUEST)),
    }
}

fn screen(context: PageContext, service: Arc<Service>, questions: Vec<Question>, asked: Asked) -> Response {
    let text = ConsentText::of(context.lang);
    if !questions.is_empty() {
        return Html(AskPage {
            text,
            test_ends: date(service.grant.boundary.ends_at),
            context,
            service,
            questions,
            asked,
        })
        .into_response();
    }
    let (lang, name) = (context.lang, &service.id.0);
    if asked.refused.is_empty() {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("return", &asked.back)
            .finish();
        return Redirect::to(&format!("/{lang}/services/{name}/enter?{query}")).into_response();
    }
    let again = Asked {
        refused: Vec::new(),
        ..asked
    };
    Html(RefusedPage {
        again: format!("/{lang}/consent/{name}?{}", again.query()),
        text,
        context,
        service,
    })
    .into_response()
}

/// The purposes that still need an answer; `None` where one is not the service's.
async fn open_questions(
    pages: &Pages,
    service: &Service,
    citizen: &CitizenId,
    asked: &Asked,
) -> Result<Option<Vec<Question>>, DbError> {
    let now = pages.consent.platform().clock.now();
    let mut questions = Vec::new();
    let mut reader = pages.consent.platform().db.reader().await?;
    for code in &asked.purposes {
        let Some(purpose) = service.grant.purpose(code) else {
            return Ok(None);
        };
        let latest = record::latest(&mut reader, citizen, &service.id, code)
            .await?
            .map(|record| record.at(now));
        let news = latest
            .as_ref()
            .map(|record| widenings(record, service, purpose))
            .unwrap_or_default();
        let agreed = latest
            .as_ref()
            .is_some_and(|record| record.is_whole(service, purpose));
        let chooses = asked.chooses && !purpose.optional.is_empty();
        if (agreed && !chooses) || asked.refused.contains(code) {
            continue;
        }
        questions.push(Question {
            latest,
            news,
            ..Question::of(service, purpose, now)
        });
    }
    Ok(Some(questions))
}

/// `POST /{lang}/consent/{service}`: the answer about one purpose, named in `answered`.
pub(super) async fn decide(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, service)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, PageError> {
    let citizen = citizen.citizen;
    let service = ServiceId(service);
    let Some(service) = pages.services.find(&service) else {
        return Ok(service_page(context, &service));
    };
    let field = |wanted: &str| {
        url::form_urlencoded::parse(&body)
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let answered = field("answered");
    let (Some(mut asked), Some(purpose)) = (Asked::parse(&body), service.grant.purpose(&answered)) else {
        return Err(PageError::new(context.at("/"), StatusCode::BAD_REQUEST));
    };
    let context = context.at(format!("/consent/{}?{}", service.id.0, asked.query()));
    let context = adult(context, &pages.identity, &citizen).await?;
    // A newer version may have taken the service's place since the screen was shown: then nothing is
    // recorded, and the citizen reads the new terms.
    let shown = field("agreement") == agreement_digest(&service, purpose);
    let Some(chosen) = chosen(&body, purpose) else {
        return Err(PageError::new(context, StatusCode::BAD_REQUEST));
    };
    let outcome = match field("decision").as_str() {
        _ if !shown => Ok(()),
        "agree" if purpose.needs_signature() => {
            return sign(&pages, context, &service, &citizen, purpose, &asked).await;
        }
        "agree" => {
            let given = pages.consent.give(&service, &citizen, &answered, &chosen);
            given.await.map(drop)
        }
        "refuse" => {
            let refusal = pages.consent.refuse(&service, &citizen, &answered);
            let refusal = refusal.await.map(drop);
            if !asked.refused.contains(&answered) {
                asked.refused.push(answered);
            }
            refusal
        }
        "resume" => {
            let resumed = resume(&pages, &service, &citizen, purpose).await;
            resumed.or_page(&context)?;
            Ok(())
        }
        _ => return Err(PageError::new(context, StatusCode::BAD_REQUEST)),
    };
    match outcome {
        Ok(()) if shown && asked.chooses => {
            Ok(Redirect::to(&format!("/{}{}", context.lang, super::mine::MINE)).into_response())
        }
        Ok(()) => {
            let address = format!("/{}/consent/{}?{}", context.lang, service.id.0, asked.query());
            Ok(Redirect::to(&address).into_response())
        }
        Err(error) => Err(refused(context, &error)),
    }
}

/// What the citizen agrees to: what the purpose needs, and what they ticked of the rest. `None` if they ticked something else.
fn chosen(body: &[u8], purpose: &Purpose) -> Option<BTreeSet<Attribute>> {
    let mut chosen = purpose.required();
    for (name, value) in url::form_urlencoded::parse(body) {
        if name == "share" {
            let ticked = value.parse().ok();
            chosen.insert(ticked.filter(|ticked| purpose.optional.contains(ticked))?);
        }
    }
    Some(chosen)
}

/// Leads to the page on which the citizen signs the agreement, and which leads back to this screen.
async fn sign(
    pages: &Pages,
    context: PageContext,
    service: &Arc<Service>,
    citizen: &CitizenId,
    purpose: &Purpose,
    asked: &Asked,
) -> Result<Response, PageError> {
    if let Err(error) = pages.consent.may_join(service, citizen).await {
        return Err(refused(context, &error));
    }
    let back = format!("/consent/{}?{}", service.id.0, asked.query());
    let agreement = SignedAgreement {
        service,
        purpose,
        back,
        leads_to: None,
    };
    let page = agreement.ask(&pages.signatures, citizen, &context).await?;
    Ok(page.into_response())
}

/// Resumes a paused consent. If its state has changed, or it does not cover the current approval, nothing
/// changes and the screen shows the current state.
async fn resume(
    pages: &Pages,
    service: &Service,
    citizen: &CitizenId,
    purpose: &Purpose,
) -> Result<(), DbError> {
    let latest = {
        let mut reader = pages.consent.platform().db.reader().await?;
        record::latest(&mut reader, citizen, &service.id, &purpose.code).await?
    };
    let Some(paused) = latest.filter(|record| widenings(record, service, purpose).is_empty()) else {
        return Ok(());
    };
    match pages.consent.change(citizen, &paused.id, Change::Resume).await {
        Ok(()) | Err(ChangeError::NotFound | ChangeError::NotPossible { .. }) => Ok(()),
        Err(ChangeError::Db(error)) => Err(error),
    }
}
