//! A developer's organisation and its API tokens.

use aim_gov::db::DbError;
use aim_gov::invocation::CitizenId;
use aim_gov::shown::ShownText;
use secrecy::SecretString;

use crate::app::App;
use crate::domain::organisation::{NewOrganisation, Organisation};
use crate::domain::token::{ApiToken, LABEL_CHARS_MAX, Lifetime, new_secret};
use crate::domain::{OrganisationId, TokenId};
use crate::store;
use crate::store::organisation::Registered;
use crate::store::token::Created;

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("an organisation with this taxpayer's number is registered already")]
    TaxIdTaken,
    #[error("this citizen belongs to an organisation already")]
    Member,
    #[error("a label has 1 to {LABEL_CHARS_MAX} visible characters")]
    Label,
    #[error("the organisation has a valid token with this label")]
    LabelTaken,
    #[error("the organisation has as many valid tokens as it may have; revoke one")]
    TooManyTokens,
    #[error("there is no such token")]
    NoToken,
    #[error("the database failed")]
    Db(#[from] DbError),
}

/// Registers an organisation whose first member is this citizen.
///
/// # Errors
/// [`AccountError::TaxIdTaken`], [`AccountError::Member`], [`AccountError::Db`].
pub async fn register(
    app: &App,
    citizen: &CitizenId,
    new: NewOrganisation,
) -> Result<Organisation, AccountError> {
    let now = app.platform.clock.now();
    let organisation = Organisation {
        id: OrganisationId(app.platform.random.id("org", now)),
        name: new.name,
        tax_id: new.tax_id,
        created_at: now,
    };
    let mut tx = app.platform.db.begin_if_room().await?;
    match store::organisation::register(&mut tx, &organisation, citizen).await? {
        Registered::Yes => {}
        Registered::TaxIdTaken => return Err(AccountError::TaxIdTaken),
        Registered::Member => return Err(AccountError::Member),
    }
    tx.commit().await?;
    Ok(organisation)
}

/// Creates a token for a citizen with this identifier and name. The text of the token is only in the return
/// value.
///
/// # Errors
/// [`AccountError::Label`], [`AccountError::LabelTaken`], [`AccountError::TooManyTokens`], [`AccountError::Db`].
pub async fn create_token(
    app: &App,
    (citizen, name): (&CitizenId, &str),
    organisation: &OrganisationId,
    label: &str,
    lifetime: Lifetime,
) -> Result<(ApiToken, SecretString), AccountError> {
    let label = ShownText::parse(label.trim(), LABEL_CHARS_MAX).map_err(|_| AccountError::Label)?;
    let now = app.platform.clock.now();
    let secret = new_secret(&app.platform.random);
    let token = ApiToken {
        id: TokenId(app.platform.random.id("tok", now)),
        organisation: organisation.clone(),
        label: label.into_string(),
        created_by: citizen.clone(),
        created_by_name: name.to_owned(),
        created_at: now,
        expires_at: lifetime.end(now),
        revoked_at: None,
        last_used: None,
    };
    let mut tx = app.platform.db.begin_if_room().await?;
    match store::token::create(&mut tx, &token, &secret).await? {
        Created::Yes => {}
        Created::TooMany => return Err(AccountError::TooManyTokens),
        Created::LabelTaken => return Err(AccountError::LabelTaken),
    }
    tx.commit().await?;
    Ok((token, secret.into()))
}

/// Revokes a token.
///
/// # Errors
/// [`AccountError::NoToken`], [`AccountError::Db`].
pub async fn revoke_token(
    app: &App,
    organisation: &OrganisationId,
    id: &TokenId,
) -> Result<(), AccountError> {
    let now = app.platform.clock.now();
    let mut tx = app.platform.db.begin().await?;
    let revoked = store::token::revoke(&mut tx, id, organisation, now).await?;
    tx.commit().await?;
    if revoked {
        Ok(())
    } else {
        Err(AccountError::NoToken)
    }
}
