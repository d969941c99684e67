"""The answer base's pages: the list of topics, the editor of each, its preview and its versions."""
