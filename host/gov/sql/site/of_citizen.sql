SELECT site.id, site.content, site.ends_ms, site.secret_hash, agreement.scopes, agreement.agreed_ms, agreement.until_ms
FROM identity_agreement AS agreement
JOIN identity_site AS site ON site.id = agreement.site
WHERE agreement.citizen = $1
ORDER BY agreement.agreed_ms DESC, site.id
LIMIT $2
