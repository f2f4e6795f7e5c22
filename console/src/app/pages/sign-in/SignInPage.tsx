import { Page } from '@/ui'

export const SignInPage = () => <Page title="SignInPage">{null}</Page>
