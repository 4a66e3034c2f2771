"""Every policy that speaks on a request, found by its resource: read, granted in, spoilt."""
