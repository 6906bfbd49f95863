// An invitation stands behind the # of its link, which browsers send to nobody.
"use strict";

const invitation = document.getElementById("invitation");
if (invitation && location.hash.length > 1) {
  invitation.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  document.getElementById("password").focus();
}
