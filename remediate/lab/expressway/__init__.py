"""One Expressway cluster: its shell over SSH, its REST interface over HTTPS, its peers' shared life."""
