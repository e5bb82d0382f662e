//! A citizen comes from a web site that asks for documents, or with the link of its code.

use askama::Template;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::{PRESENT, said, wrong};
use crate::documents::Documents;
use crate::documents::wallet::{Asked, Opened};
use crate::documents::words::WalletText;
use crate::identity::sites::Site;
use crate::text::Locale;
use crate::web::{Html, OrPage as _, PageContext, PageError, SignedIn, away, form_leads_to};

/// What a link begins with that a verifier makes for any wallet (OpenID4VP 1.0, section 12.1.2).
const ANY_WALLET: &str = "openid4vp:";

#[derive(Template)]
#[template(path = "wallet/start.html")]
struct StartPage {
    context: PageContext,
    text: &'static WalletText,
    site: Site,
    asked: Asked,
    action: String,
}

impl StartPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }
}

#[derive(Template)]
#[template(path = "wallet/link.html")]
struct LinkPage {
    context: PageContext,
    text: &'static WalletText,
    typed: String,
    is_mistaken: bool,
}

/// The parameters of the address. An unknown one is ignored (RFC 6749, 3.1).
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(in crate::documents::pages) struct Address {
    client_id: String,
    request_uri: String,
    request_uri_method: String,
    request: String,
    dcql_query: String,
    /// A link that somebody copied from a code.
    link: Option<String>,
}

impl Address {
    fn asked(self) -> Asked {
        // A request whose parameters stand in the address is one by value.
        let request = match self.request.is_empty() {
            true => self.dcql_query,
            false => self.request,
        };
        Asked {
            client_id: self.client_id,
            request_uri: self.request_uri,
            request_uri_method: self.request_uri_method,
            request,
        }
    }
}

/// `GET /{lang}/my/documents/present`: nothing is fetched before the button is pressed.
pub(in crate::documents::pages) async fn ask(
    State(documents): State<Documents>,
    SignedIn { context, .. }: SignedIn,
    Query(address): Query<Address>,
) -> Result<Response, PageError> {
    if let Some(link) = address.link {
        return Ok(from_link(&documents, context, link));
    }
    let asked = address.asked();
    if asked == Asked::default() {
        return Ok(link_page(context, String::new(), false));
    }
    let asking = documents.asking(&asked).await.or_page(&context)?;
    let site = asking.map_err(|refusal| wrong(context.clone(), &refusal))?.site;
    let origin = site.content.origin.clone();
    let page = Html(StartPage {
        text: WalletText::of(context.lang),
        action: format!("/{}{PRESENT}", context.lang),
        site,
        asked,
        context,
    });
    Ok(form_leads_to(page.into_response(), &origin))
}

/// The page that a link leads to, or the form once more.
fn from_link(documents: &Documents, context: PageContext, link: String) -> Response {
    let link = link.trim().to_owned();
    let is_ours = link.starts_with(ANY_WALLET) || link.starts_with(&documents.wallet_endpoint());
    let query = link.split_once('?').map(|(_, query)| query).filter(|_| is_ours);
    let pairs = query.map(|query| url::form_urlencoded::parse(query.as_bytes()));
    let pairs: Vec<_> = pairs
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != "link")
        .collect();
    if pairs.is_empty() {
        return link_page(context, link, true);
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    Redirect::to(&format!("/{}{PRESENT}?{query}", context.lang)).into_response()
}

fn link_page(context: PageContext, typed: String, is_mistaken: bool) -> Response {
    let status = match is_mistaken {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::OK,
    };
    let page = Html(LinkPage {
        text: WalletText::of(context.lang),
        typed,
        is_mistaken,
        context,
    });
    (status, page).into_response()
}

/// `POST /{lang}/my/documents/present`: fetches the request.
pub(in crate::documents::pages) async fn open(
    State(documents): State<Documents>,
    SignedIn { context, citizen }: SignedIn,
    form: Result<Form<Asked>, FormRejection>,
) -> Result<Response, PageError> {
    let Ok(Form(asked)) = form else {
        return Err(PageError::new(context, StatusCode::BAD_REQUEST));
    };
    let opened = documents.open_request(&citizen.citizen, &asked).await;
    let text = WalletText::of(context.lang);
    let (status, message) = match opened.or_page(&context)? {
        Opened::Waiting(id) => {
            return Ok(Redirect::to(&format!("/{}{PRESENT}/{id}", context.lang)).into_response());
        }
        Opened::Refused {
            way_back: Some(address),
            ..
        } => return Ok(away(&address)),
        Opened::Refused {
            refusal,
            way_back: None,
        } => return Err(wrong(context, &refusal)),
        Opened::Over => (StatusCode::GONE, (&text.taken_title, &text.taken_text)),
        Opened::TooMany => (
            StatusCode::TOO_MANY_REQUESTS,
            (&text.too_many_title, &text.too_many_text),
        ),
        Opened::Unreachable => (
            StatusCode::BAD_GATEWAY,
            (&text.unreachable_title, &text.unreachable_text),
        ),
    };
    Err(said(context, status, (message.0, message.1)))
}
