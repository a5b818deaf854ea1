"""Pictures of clips, for people: contact sheets and previews."""
