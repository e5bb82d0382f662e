UPDATE identity_site SET id = id WHERE id = $1
