//! Forms: whose they are, and what they do.

use axum::http::StatusCode;
use dast_shop::{Care, DEMO_PASSWORD, DEMO_USER, router};

use crate::browser::{Answer, BOTH, Browser, token};

#[tokio::test]
async fn every_form_that_changes_something_has_a_token_if_repaired() {
    for care in BOTH {
        let mut browser = Browser::new(&router(care));
        browser.submit("/products/1", "/cart", "product=1&quantity=1").await;
        let mut forms = 0;
        let mut check = |page: &Answer| {
            for form in page.body.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap()) {
                if form.contains(r#"method="post""#) {
                    assert_eq!(token(form).is_some(), care == Care::Repaired, "{form}");
                    forms += 1;
                }
            }
        };
        for path in ["/products/1", "/cart", "/login"] {
            check(&browser.get(path).await);
        }
        let login = format!("user={DEMO_USER}&password={DEMO_PASSWORD}");
        browser.submit("/login", "/login", &login).await;
        check(&browser.get("/account").await);
        assert_eq!(forms, 5, "two on the product, one each in cart, login and account");
    }
}

#[tokio::test]
async fn forms_of_other_sites_are_refused_by_the_repaired_shop_alone() {
    let login = format!("user={DEMO_USER}&password={DEMO_PASSWORD}");
    for (care, status) in [(Care::Careless, StatusCode::SEE_OTHER), (Care::Repaired, StatusCode::FORBIDDEN)] {
        for (path, fields) in [
            ("/cart", "product=1&quantity=1"),
            ("/products/1/reviews", "author=Eve&text=Hello"),
            ("/login", login.as_str()),
            ("/logout", ""),
        ] {
            let mut browser = Browser::new(&router(care));
            assert_eq!(browser.post(path, fields).await.status, status, "{care:?} {path}, no session");
            browser.get("/").await;
            assert_eq!(browser.post(path, fields).await.status, status, "{care:?} {path}, no token");
            let forged = format!("{fields}&csrf_token={}", "0".repeat(32));
            assert_eq!(browser.post(path, &forged).await.status, status, "{care:?} {path}, guessed token");
        }
    }
}

#[tokio::test]
async fn a_token_is_worth_nothing_in_another_session() {
    let shop = router(Care::Repaired);
    let (mut eve, mut victim) = (Browser::new(&shop), Browser::new(&shop));
    let page = eve.get("/login").await.body;
    let fields = format!("product=1&quantity=1&csrf_token={}", token(&page).unwrap());
    victim.get("/").await;
    assert_eq!(victim.post("/cart", &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(eve.post("/cart", &fields).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn unfit_reviews_are_refused() {
    for care in BOTH {
        let mut browser = Browser::new(&router(care));
        for (path, fields, status) in [
            ("/products/1/reviews", "author=Ada&text=".to_owned(), 422),
            ("/products/1/reviews", format!("author=Ada&text={}", "x".repeat(1025)), 422),
            ("/products/1/reviews", "author=Ada".to_owned(), 422),
            ("/products/99/reviews", "author=Ada&text=Good".to_owned(), 404),
        ] {
            let answer = browser.submit("/products/1", path, &fields).await;
            assert_eq!(answer.status, status, "{care:?} {path} {fields:.30}");
        }
    }
}

#[tokio::test]
async fn a_cart_fills_and_empties() {
    for care in BOTH {
        let mut browser = Browser::new(&router(care));
        assert!(browser.get("/cart").await.body.contains("It is empty"));
        let answer = browser.submit("/products/2", "/cart", "product=2&quantity=2").await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/cart"));
        browser.submit("/products/8", "/cart", "product=8&quantity=1").await;
        let page = browser.get("/cart").await.body;
        assert!(page.contains("Moka pot") && page.contains("Brass compass"));
        assert!(page.contains("€118.00"), "2 × 32 + 54: {page}");
        browser.submit("/cart", "/cart", "product=2&quantity=0").await;
        let page = browser.get("/cart").await.body;
        assert!(!page.contains("Moka pot") && page.contains("Brass compass"));
        assert_eq!(browser.submit("/cart", "/cart", "product=99&quantity=1").await.status, 404);
    }
}

#[tokio::test]
async fn login_opens_the_account_under_a_new_session() {
    for care in BOTH {
        let mut browser = Browser::new(&router(care));
        let refused = browser.submit("/login", "/login", "user=demo&password=wrong").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.body.contains("wrong."));
        assert_eq!(browser.get("/account").await.location(), "/login");

        let before = browser.cookies["session"].clone();
        let login = format!("user={DEMO_USER}&password={DEMO_PASSWORD}");
        assert_eq!(browser.submit("/login", "/login", &login).await.location(), "/account");
        assert_ne!(browser.cookies["session"], before);
        let account = browser.get("/account").await;
        assert_eq!(account.status, StatusCode::OK);
        assert!(account.body.contains("Hello, demo"));

        let inside = browser.cookies.clone();
        assert_eq!(browser.submit("/account", "/logout", "").await.location(), "/");
        browser.cookies = inside;
        assert_eq!(browser.get("/account").await.location(), "/login", "the old session is closed");
    }
}
