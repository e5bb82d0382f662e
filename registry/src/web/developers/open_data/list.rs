//! The list of data sets and of files that wait, and the request to be admitted.

use aim_gov::open_data::published::{self, Draft, PublisherState, SetRecord, store};
use aim_gov::text::Locale;
use aim_gov::web::{Html, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use crate::web::developers::DeveloperText;
use crate::web::publishing_text::PublishingText;

#[derive(Template)]
#[template(path = "developers_open_data.html")]
struct ListPage {
    context: PageContext,
    text: &'static PublishingText,
    home: String,
    state: Option<PublisherState>,
    sets: Vec<(SetRecord, String)>,
    drafts: Vec<(Draft, String)>,
}

impl ListPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn may_ask(&self) -> bool {
        matches!(self.state, None | Some(PublisherState::Ended))
    }

    fn is_admitted(&self) -> bool {
        self.state == Some(PublisherState::Admitted)
    }
}

/// `GET /{lang}/developers/open-data`
pub(in super::super) async fn list(desk: Desk) -> Result<Response, PageError> {
    let (context, organisation) = (desk.context, desk.publisher.organisation);
    let mut reader = desk.open_data.platform().db.reader().await.or_page(&context)?;
    let publisher = store::publisher(&mut reader, &organisation)
        .await
        .or_page(&context)?;
    let sets = store::sets(&mut reader, &organisation).await.or_page(&context)?;
    let drafts = store::drafts(&mut reader, &organisation)
        .await
        .or_page(&context)?;
    let sets = sets.into_iter().map(|set| {
        let changed = date_time(set.modified);
        (set, changed)
    });
    let drafts = drafts.into_iter().map(|draft| {
        let uploaded = date_time(draft.created);
        (draft, uploaded)
    });
    Ok(Html(ListPage {
        text: PublishingText::of(context.lang),
        home: DeveloperText::of(context.lang).home_title.clone(),
        state: publisher.map(|publisher| publisher.state),
        sets: sets.collect(),
        drafts: drafts.collect(),
        context,
    })
    .into_response())
}

/// `POST /{lang}/developers/open-data/ask`
pub(in super::super) async fn ask(desk: Desk) -> Result<Redirect, PageError> {
    let asked = published::ask(desk.open_data.platform(), &desk.publisher).await;
    asked.or_page(&desk.context)?;
    let text = desk.text();
    Ok(desk.done(&text.done_asked, "").await)
}
