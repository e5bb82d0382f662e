SELECT id, content, ends_ms, secret_hash FROM identity_site WHERE id = $1
